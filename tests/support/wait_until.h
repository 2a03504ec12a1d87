#pragma once

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string_view>
#include <thread>

namespace volary::test {

/// How long a test waits for what other threads do: far longer than a loaded machine takes.
inline constexpr std::chrono::seconds kPatience(100);

/// For a loop that does something in each round: check() fails the test with a sentence when the time is up.
class Deadline {
 public:
  explicit Deadline(std::string_view what, std::chrono::seconds patience = kPatience)
      : what_(what), patience_(patience) {}

  void check() const {
    if (Clock::now() > end_) FAIL("not within " << patience_.count() << " s: " << what_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  std::string_view what_;
  std::chrono::seconds patience_;
  Clock::time_point end_ = Clock::now() + patience_;
};

/// Waits until `condition()` holds; fails the test with a sentence if that takes too long. `what` is a clause: "three
/// bricks are finished". For the test's own thread.
template <typename Condition>
void waitUntil(std::string_view what, Condition condition, std::chrono::seconds patience = kPatience) {
  const Deadline deadline(what, patience);
  while (!condition()) {
    deadline.check();
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

}  // namespace volary::test
