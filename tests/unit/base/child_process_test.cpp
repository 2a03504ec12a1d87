#include "base/os/child_process.h"
#include "base/error.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <thread>

using namespace volary;
using os::ChildProcess;
using End = os::ChildProcess::End;

namespace {

constexpr std::chrono::seconds kPatience(30);

/// tests/support/programs/test_child.cpp
struct TestChild : ChildProcess {
  TestChild() : ChildProcess(os::ownProgram().parent_path() / "volary-test-child", {}) {}

  Answer ask(std::string_view word, std::size_t maxBytes = 100, std::chrono::milliseconds timeout = kPatience) {
    return ChildProcess::ask(std::as_bytes(std::span(word)), maxBytes, timeout);
  }
};

std::string textOf(const ChildProcess::Answer& answer) {
  std::string text;
  std::ranges::transform(answer.bytes, std::back_inserter(text), [](std::byte b) { return static_cast<char>(b); });
  return text;
}

/// Running, and no mere entry in the system's table.
bool isAlive(const std::string& process) {
  std::ifstream file("/proc/" + process + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t end = text.rfind(") ");
  return end != std::string::npos && text.substr(end + 2, 1) != "Z";
}

}  // namespace

TEST_CASE("a child process answers one question after the other") {
  TestChild child;
  CHECK(textOf(child.ask("first")) == "first");
  CHECK(textOf(child.ask("")).empty());
  CHECK(textOf(child.ask("process")) == textOf(child.ask("process")));
  CHECK(child.ask("bytes 100").bytes == std::vector(100, std::byte{7}));
  // More than a socket holds, there and back.
  const std::string large(std::size_t{3} << 20, 'x');
  CHECK(textOf(child.ask(large, large.size())) == large);
}

TEST_CASE("an exception in a child process is a sentence, and the child goes on") {
  TestChild child;
  const ChildProcess::Answer answer = child.ask("fail");
  CHECK(answer.end == End::failed);
  CHECK(answer.sentence == "it is so");
  CHECK(textOf(child.ask("next")) == "next");
}

TEST_CASE("a child process that crashes, ends, says too much or takes too much memory is told from one that answers") {
  for (const char* word : {"crash", "abort", "exit", "bytes 101"}) {
    INFO(word);
    TestChild child;
    CHECK(child.ask(word).end == End::crashed);
  }
  TestChild gone;
  CHECK(gone.ask("exit").end == End::crashed);
  CHECK(gone.ask("again").end == End::crashed);
  CHECK(TestChild().ask("greed", std::size_t{16} << 30).end != End::answered);
}

TEST_CASE("a child process that hangs is stopped after its time") {
  const auto start = std::chrono::steady_clock::now();
  {
    TestChild child;
    CHECK(child.ask("hang", 100, std::chrono::milliseconds(100)).end == End::hung);
    // A question that the child does not read.
    const std::string large(std::size_t{3} << 20, 'x');
    CHECK(child.ask(large, 100, std::chrono::milliseconds(100)).end == End::hung);
  }
  CHECK(std::chrono::steady_clock::now() - start > std::chrono::milliseconds(200));
}

TEST_CASE("a child process that hangs ends when its parent has ended") {
  std::string orphan;
  {
    TestChild parent;
    orphan = textOf(parent.ask("orphan"));
    REQUIRE(isAlive(orphan));
  }
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  while (isAlive(orphan) && std::chrono::steady_clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  CHECK_FALSE(isAlive(orphan));
}

TEST_CASE("a program that is not there is an Error") { CHECK_THROWS_AS(ChildProcess("/nothing/there", {}), Error); }
