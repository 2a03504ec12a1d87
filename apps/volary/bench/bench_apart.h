#pragma once

#include "base/error.h"
#include "base/os/child_process.h"

#include <chrono>
#include <cstddef>
#include <cstring>
#include <type_traits>
#include <vector>

namespace volary {

/// What `measure()` gives in a process of its own: nothing that another measurement has loaded, cached or touched
/// flatters it. Throws its Error, or one if it crashes.
template <typename T, typename Measure>
T measureApart(const Measure& measure) {
  static_assert(std::is_trivially_copyable_v<T>);
  os::ChildProcess child([&] {
    const T result = measure();
    std::vector<std::byte> bytes(sizeof result);
    std::memcpy(bytes.data(), &result, sizeof result);
    return bytes;
  });
  constexpr std::size_t kMostBytes = 64 << 10;  // of a sentence
  const os::ChildProcess::Answer answer = child.wait(kMostBytes, std::chrono::hours(24));
  if (answer.end == os::ChildProcess::End::failed) throw Error(answer.sentence);
  T result;
  if (answer.end != os::ChildProcess::End::answered || answer.bytes.size() != sizeof result)
    fail("the process that measures has ended without an answer");
  std::memcpy(&result, answer.bytes.data(), sizeof result);
  return result;
}

}  // namespace volary
