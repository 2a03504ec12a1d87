#include "storage/random_file.h"

#include "base/error.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <array>
#include <cerrno>

#include <sys/stat.h>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

TEST_CASE("the end of a file is told from a failure to read it") {
  const TemporaryFolder folder;
  writeText(folder / "a", "0123456789");
  std::array<std::byte, 8> out{};
  const auto read = [&](const std::filesystem::path& path, std::uint64_t position) {
    return RandomFile::findForReading(path)->readUpTo(position, out);
  };
  CHECK(read(folder / "a", 2).bytes == 8);
  CHECK(read(folder / "a", 6).bytes == 4);
  CHECK(read(folder / "a", 6).errorNumber == 0);
  // Linux: a regular file whose first pages can't be read, since no process has anything there.
  CHECK(read("/proc/self/mem", 0).errorNumber == EIO);
}

TEST_CASE("only a regular file is opened, and nothing waits for a FIFO") {
  const TemporaryFolder folder;
  REQUIRE(::mkfifo((folder / "fifo").c_str(), 0600) == 0);
  const auto isNoFile = MessageMatches(ContainsSubstring("not a regular file"));
  CHECK_THROWS_MATCHES(RandomFile::findForReading(folder / "fifo"), Error, isNoFile);
  CHECK_THROWS_MATCHES(RandomFile::create(folder / "fifo", RandomFile::Existing::keep), Error, isNoFile);
  CHECK_THROWS_MATCHES(RandomFile::findForReading(folder.path()), Error, isNoFile);
  CHECK_FALSE(RandomFile::findForReading(folder / "none"));
}
