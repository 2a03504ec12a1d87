#include "storage/local_store.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <filesystem>

#include <sys/stat.h>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

TEST_CASE("a local file is read at any place, and nothing beyond its end as it was opened") {
  const TemporaryFolder folder;
  writeText(folder / "a", "0123456789");
  const std::shared_ptr<ByteFile> file = findLocalFile(folder / "a");
  REQUIRE(file);
  CHECK(file->sizeBytes() == 10);
  std::string text(4, '\0');
  const auto out = std::as_writable_bytes(std::span(text));
  file->readAt(3, out);
  CHECK(text == "3456");
  CHECK(file->readUpTo(8, out) == 2);
  CHECK(file->readUpTo(10, out) == 0);
  CHECK_THROWS_MATCHES(file->readAt(7, out), Error, MessageMatches(ContainsSubstring("beyond the end of the file")));
  CHECK_THROWS_AS(file->readAt(~std::uint64_t{0}, out), Error);
}

TEST_CASE("a local file that has changed says so, and one that has become shorter is a read error") {
  const TemporaryFolder folder;
  writeText(folder / "a", "0123456789");
  const std::shared_ptr<ByteFile> file = findLocalFile(folder / "a");
  CHECK(file->isAsOpened());
  std::filesystem::resize_file(folder / "a", 5);
  CHECK_FALSE(file->isAsOpened());
  std::string text(4, '\0');
  CHECK_THROWS_AS(file->readAt(4, std::as_writable_bytes(std::span(text))), ReadError);

  writeText(folder / "b", "same size");
  const std::shared_ptr<ByteFile> replaced = findLocalFile(folder / "b");
  writeText(folder / "c", "SAME SIZE");
  std::filesystem::rename(folder / "c", folder / "b");
  CHECK_FALSE(replaced->isAsOpened());
  // What was opened is read all the same.
  text.resize(9);
  replaced->readAt(0, std::as_writable_bytes(std::span(text)));
  CHECK(text == "same size");
}

TEST_CASE("what is no file is told from what is not there") {
  const TemporaryFolder folder;
  std::filesystem::create_directory(folder / "inner");
  writeText(folder / "a", "1");
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  CHECK(findLocalFile(folder / "none") == nullptr);
  CHECK(findLocalFile(folder / "a" / "none") == nullptr);
  CHECK_THROWS_MATCHES(findLocalFile(folder / "fifo"), Error, MessageMatches(ContainsSubstring("not a regular file")));
  CHECK_THROWS_AS(findLocalFile(folder / "inner"), Error);
  Store& store = *localStore();
  CHECK(store.findKind((folder / "inner").string()) == EntryKind::folder);
  CHECK(store.findKind((folder / "fifo").string()) == EntryKind::other);
  CHECK(store.findKind((folder / "none").string()) == std::nullopt);
  CHECK(store.findVersion((folder / "inner").string())->sizeBytes == 0);
  CHECK(store.findVersion((folder / "fifo").string()) == std::nullopt);
  CHECK(store.findVersion((folder / "a").string())->sizeBytes == 1);
  const auto entries = store.list(folder.path().string());
  REQUIRE(entries);
  CHECK(entries->size() == 3);
  CHECK(std::ranges::count(*entries, EntryKind::folder, &StoreEntry::kind) == 1);
  CHECK(store.list((folder / "none").string()) == std::nullopt);
  CHECK_THROWS_MATCHES(openLocalFile(folder / "none"), Error,
                       MessageMatches(ContainsSubstring("none: No such file or directory")));
}

TEST_CASE("no more than allowed is taken into memory") {
  const TemporaryFolder folder;
  writeText(folder / "a", "0123456789");
  Store& store = *localStore();
  CHECK(store.findBytes((folder / "a").string(), 10)->size() == 10);
  CHECK_THROWS_AS(store.findBytes((folder / "a").string(), 9), Error);
  CHECK(store.findBytes((folder / "none").string(), 9) == std::nullopt);
}
