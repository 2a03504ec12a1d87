#include "base/bytes.h"
#include "base/error.h"
#include "base/os/thread.h"
#include "base/os/user_folder.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <thread>

#include <sys/resource.h>

using namespace volary;

TEST_CASE("byte counts have three significant digits and binary units") {
  CHECK(formatBytes(0) == "0 B");
  CHECK(formatBytes(1023) == "1023 B");
  CHECK(formatBytes(1536) == "1.50 KiB");
  CHECK(formatBytes(1024 * kKiB - 1) == "1.00 MiB");
  CHECK(formatBytes(36070000) == "34.4 MiB");
  CHECK(formatBytes(999 * kMiB) == "999 MiB");
  CHECK(formatBytes(~std::uint64_t{0}) == "16.0 EiB");
}

TEST_CASE("fail throws an Error with the formatted sentence") {
  try {
    fail("{}: {}", "a.h5", systemErrorText(ENOENT));
  } catch (const Error& error) {
    CHECK(std::string(error.what()) == "a.h5: No such file or directory");
    return;
  }
  FAIL("nothing was thrown");
}

TEST_CASE("a thread becomes nicer, and never less nice than it was") {
  std::thread([] {
    const int before = getpriority(PRIO_PROCESS, 0);
    const int nicer = std::min(before + 3, 19);
    os::beAsNiceAs(nicer);
    CHECK(getpriority(PRIO_PROCESS, 0) == nicer);
    os::beAsNiceAs(before - 1);
    CHECK(getpriority(PRIO_PROCESS, 0) == nicer);
  }).join();
}

TEST_CASE("a user's folders are where the environment says, or below the home") {
  ::setenv("HOME", "/home/ada", 1);
  ::setenv("XDG_CACHE_HOME", "/fast", 1);
  ::unsetenv("XDG_STATE_HOME");
  CHECK(os::findUserFolder(os::UserFolder::cache) == "/fast/volary");
  CHECK(os::findUserFolder(os::UserFolder::state) == "/home/ada/.local/state/volary");
  ::setenv("XDG_CACHE_HOME", "not/absolute", 1);
  CHECK(os::findUserFolder(os::UserFolder::cache) == "/home/ada/.cache/volary");
  ::unsetenv("HOME");
  CHECK(os::findUserFolder(os::UserFolder::cache).empty());
}
