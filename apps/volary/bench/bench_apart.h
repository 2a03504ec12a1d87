#pragma once

#include "base/error.h"
#include "base/os/child_process.h"

#include <CLI/CLI.hpp>

#include <chrono>
#include <cstddef>
#include <cstring>
#include <string>
#include <type_traits>
#include <vector>

/// Measurements in a process of their own, so that nothing that another one has loaded, cached or touched makes them
/// look better. A command that measures so has a hidden option that says what its process is to measure.
namespace volary {

/// Adds that option.
inline void addPartOption(CLI::App& command, std::string& part) { command.add_option("--part", part)->group(""); }

/// Called in the process that was started for it: measures, and gives the result to measureApart().
template <typename T>
int answerApart(const auto& measure) {
  static_assert(std::is_trivially_copyable_v<T>);
  os::serveParent([&](std::span<const std::byte>) {
    const T result = measure();
    std::vector<std::byte> bytes(sizeof result);
    std::memcpy(bytes.data(), &result, sizeof result);
    return bytes;
  });
  return 0;
}

/// Runs this command line, `volary bench COMMAND`, with `options` added, which say what is measured, and returns its
/// result. Throws its Error, or an Error if it crashes.
template <typename T>
T measureApart(const std::vector<std::string>& options) {
  static_assert(std::is_trivially_copyable_v<T>);
  std::vector<std::string> arguments = os::ownArguments();
  arguments.insert(arguments.begin() + 2, options.begin(), options.end());
  os::ChildProcess child(os::ownProgram(), arguments);
  constexpr std::size_t kMostBytes = 64 << 10;  // of a sentence
  const os::ChildProcess::Answer answer = child.ask({}, kMostBytes, std::chrono::hours(24));
  if (answer.end == os::ChildProcess::End::failed) throw Error(answer.sentence);
  T result;
  if (answer.end != os::ChildProcess::End::answered || answer.bytes.size() != sizeof result)
    fail("the process that measures has ended without an answer");
  std::memcpy(&result, answer.bytes.data(), sizeof result);
  return result;
}

}  // namespace volary
