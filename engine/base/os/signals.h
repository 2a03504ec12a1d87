#pragma once

#include <atomic>

namespace volary::os {

/// From now on a file that reaches its limit (`ulimit -f`) is a write that fails, not the end of the program.
void outliveFileSizeLimit();

/// While this lives, Ctrl-C and SIGTERM set a flag; the second one ends the program at once. One at a time.
class StopSignals {
 public:
  explicit StopSignals(std::atomic<bool>& stopAsked);
  ~StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
};

}  // namespace volary::os
