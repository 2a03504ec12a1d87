// volary-test-child: does what the tests of child processes ask of it.
#include "base/bytes.h"
#include "base/error.h"
#include "base/os/child_process.h"

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

using namespace volary;

namespace {

std::vector<std::byte> bytesOf(const std::string& text) {
  std::vector<std::byte> bytes;
  std::ranges::transform(text, std::back_inserter(bytes), [](char c) { return static_cast<std::byte>(c); });
  return bytes;
}

std::vector<std::byte> answer(std::span<const std::byte> question) {
  std::string word;
  std::ranges::transform(question, std::back_inserter(word), [](std::byte b) { return static_cast<char>(b); });
  // What a library prints must not become part of an answer.
  std::puts("a library says something");
  std::fflush(stdout);
  if (word.starts_with("bytes ")) return std::vector<std::byte>(std::stoul(word.substr(6)), std::byte{7});
  if (word == "fail") fail("it is {}", "so");
  if (word == "crash") std::raise(SIGSEGV);
  if (word == "abort") std::abort();
  if (word == "exit") ::_exit(0);
  if (word == "greed") {
    os::limitMoreMemory(64 * kMiB);
    return std::vector<std::byte>(8 * kGiB, std::byte{7});
  }
  if (word == "process") return bytesOf(std::to_string(::getpid()));
  // Leaves behind a child of its own that hangs; says which one it is, and ends.
  if (word == "orphan") {
    auto* const child = new os::ChildProcess(os::ownProgram(), {});
    const std::vector<std::byte> process = child->ask(bytesOf("process"), 100, std::chrono::seconds(10)).bytes;
    child->ask(bytesOf("hang"), 100, std::chrono::milliseconds(10));
    return process;
  }
  if (word == "hang")
    for (;;) ::pause();
  return std::vector<std::byte>(question.begin(), question.end());
}

}  // namespace

int main() {
  os::serveParent(answer);
  return 0;
}
