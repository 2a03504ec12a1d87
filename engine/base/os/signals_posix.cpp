#include "base/os/signals.h"

#include <csignal>

namespace volary::os {

namespace {

// A handler has no argument of its own.
std::atomic<std::atomic<bool>*> stopFlag = nullptr;
struct sigaction interruptBefore {};
struct sigaction terminateBefore {};

}  // namespace

void outliveFileSizeLimit() { std::signal(SIGXFSZ, SIG_IGN); }

StopSignals::StopSignals(std::atomic<bool>& stopAsked) {
  stopFlag = &stopAsked;
  struct sigaction action {};
  action.sa_handler = [](int) { *stopFlag.load() = true; };
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  ::sigaction(SIGINT, &action, &interruptBefore);
  ::sigaction(SIGTERM, &action, &terminateBefore);
}

StopSignals::~StopSignals() {
  ::sigaction(SIGINT, &interruptBefore, nullptr);
  ::sigaction(SIGTERM, &terminateBefore, nullptr);
}

}  // namespace volary::os
