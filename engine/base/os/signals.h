#pragma once

#include <atomic>

namespace volary::os {

/// From now on, a write beyond a file's size limit (`ulimit -f`) fails instead of ending the program.
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
