#include "sidecar/level_file.h"

#include "base/error.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

using namespace volary;
using namespace volary::test;
namespace fs = std::filesystem;

namespace {

// Linux: a regular file whose first pages can't be read (EIO), since no process has anything there.
constexpr const char* kUnreadable = "/proc/self/mem";

/// From now on, whoever has the file open can't read it.
void breakOpenFile(const fs::path& path) {
  const int unreadable = ::open(kUnreadable, O_RDWR | O_CLOEXEC);
  REQUIRE(unreadable >= 0);
  std::vector<int> descriptors;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (fs::read_symlink(entry.path(), ignored) == path) descriptors.push_back(std::stoi(entry.path().filename()));
  }
  REQUIRE(descriptors.size() == 1);
  REQUIRE(::dup2(unreadable, descriptors.front()) >= 0);
  ::close(unreadable);
}

}  // namespace

TEST_CASE("what was written before a crash is found again, and what is torn is not") {
  const TemporaryFolder folder;
  const fs::path part = folder / "levels.part";
  const auto chunkOf = [](int i) {
    return EncodedChunk{1, {i, 2, 3}, std::vector<std::byte>(std::size_t(100 + i), std::byte(i))};
  };
  LevelFile::resume(part, "these levels")->append(std::vector{chunkOf(0), chunkOf(1)});
  const auto whole = fs::file_size(part);
  LevelFile::resume(part, "these levels")->append(std::vector{chunkOf(2)});
  const auto more = fs::file_size(part);
  for (auto size = whole; size < more; ++size) {
    fs::resize_file(part, size);
    const auto file = LevelFile::resume(part, "these levels");
    CHECK((file->holds(1, {0, 2, 3}) && file->holds(1, {1, 2, 3}) && !file->holds(1, {2, 2, 3})));
    file->append(std::vector{chunkOf(2)});
    REQUIRE(file->holds(1, {2, 2, 3}));
    CHECK(file->read(1, {2, 2, 3}).bytes == chunkOf(2).bytes);  // while it is made
  }
  {
    const auto file = LevelFile::resume(part, "these levels");
    file->append(std::vector{chunkOf(3)});
    file->finish(folder / "levels");
    CHECK(file->read(1, {3, 2, 3}).bytes == chunkOf(3).bytes);
  }
  const auto levels = LevelFile::open(folder / "levels", "these levels");
  REQUIRE(levels);
  CHECK(levels->chunkCount() == 4);
  for (int i = 0; i < 4; ++i) CHECK(levels->read(1, {i, 2, 3}).bytes == chunkOf(i).bytes);
  CHECK_THROWS_AS(levels->read(2, {0, 2, 3}), Error);
  CHECK_FALSE(LevelFile::open(folder / "levels", "other levels"));
  // Another description begins anew.
  fs::copy_file(folder / "levels", part);
  CHECK_FALSE(LevelFile::resume(part, "other levels")->holds(1, {0, 2, 3}));
}

TEST_CASE("a damaged file of levels is refused, or the chunk that is damaged") {
  const TemporaryFolder folder;
  const fs::path path = folder / "levels";
  {
    const auto file = LevelFile::resume(folder / "part", "d");
    file->append(std::vector{EncodedChunk{1, {0, 0, 0}, std::vector<std::byte>(50, std::byte(7))}});
    file->finish(path);
  }
  const std::string bytes = readAll(path);
  const auto reads = [&](const std::string& content) {
    writeText(path, content);
    const auto levels = LevelFile::open(path, "d");
    if (!levels) return false;
    try {
      return levels->read(1, {0, 0, 0}).bytes.size() == 50;
    } catch (const Error&) {
      return false;
    }
  };
  REQUIRE(reads(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO("the first " << size << " bytes");
    CHECK_FALSE(reads(bytes.substr(0, size)));
  }
  const std::size_t record = 8 + 4 + 4 + 1;  // the first record's place: nothing reads it but whoever resumes
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at >= record && at < record + sizeof(LevelRecord)) continue;
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    INFO("byte " << at << " is wrong");
    CHECK_FALSE(reads(changed));
  }
}

TEST_CASE("a file of levels that can't be read stays, and one that is damaged goes") {
  const TemporaryFolder folder;
  const fs::path path = fs::canonical(folder.path()) / "levels";
  const auto make = [&] {
    const auto file = LevelFile::resume(folder / "part", "d");
    file->append(std::vector{EncodedChunk{1, {0, 0, 0}, std::vector<std::byte>(50, std::byte(7))}});
    file->finish(path);
  };
  make();
  const auto levels = LevelFile::open(path, "d");
  REQUIRE(levels);
  breakOpenFile(path);
  CHECK_THROWS_AS(levels->read(1, {0, 0, 0}), LevelReadError);
  REQUIRE(fs::exists(path));
  CHECK(LevelFile::open(path, "d")->read(1, {0, 0, 0}).bytes.size() == 50);

  const auto damaged = LevelFile::open(path, "d");
  fs::resize_file(path, 60);
  CHECK_THROWS_AS(damaged->read(1, {0, 0, 0}), Error);
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a file of levels that can't be read is not taken for one that is not there") {
  const TemporaryFolder folder;
  fs::create_symlink(kUnreadable, folder / "levels");
  CHECK_THROWS_AS(LevelFile::open(folder / "levels", "d"), LevelReadError);
  CHECK_THROWS_AS(LevelFile::resume(folder / "levels", "d"), LevelReadError);
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK_THROWS_AS(LevelFile::open(folder / "fifo", "d"), Error);
  CHECK_THROWS_AS(LevelFile::resume(folder / "fifo", "d"), Error);
}
