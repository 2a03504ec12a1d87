#pragma once

#include <sys/types.h>

#include <chrono>
#include <functional>

namespace volary {

/// A forked copy of this process that does one piece of work and ends: a crash or a hang of a library there is an
/// answer, not the end of the program. Owns the process: it is gone when this is destroyed.
class ChildProcess {
 public:
  enum class End { done, crashed, hung };

  /// Starts `work` in the child. Of other threads' locks the child sees what was held at this moment, so the caller
  /// holds those that `work` needs free. Nothing is printed by the child. If no process can be made, nothing runs.
  explicit ChildProcess(const std::function<void()>& work);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for the end, at most `timeout`; a child that needs longer is stopped and has hung. Where no process could be
  /// made this says `done`.
  End wait(std::chrono::milliseconds timeout);

 private:
  pid_t pid_ = -1;
};

}  // namespace volary
