#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

namespace volary::os {

/// A forked copy of this process that works out one answer and ends: a crash, a hang or a greed for memory of a library
/// there is an answer too, not the end of the program. Owns the process: it is gone when this is destroyed.
class ChildProcess {
 public:
  enum class End {
    answered,
    failed,  ///< the work threw an Error
    crashed,
    hung,
  };
  struct Answer {
    End end = End::crashed;
    std::vector<std::byte> bytes;  ///< of `answered`; to be taken with care, as the child may have gone astray before
    std::string sentence;          ///< of `failed`
  };

  /// Starts `work` in the child. Of other threads' locks the child sees what was held at this moment, so the caller
  /// holds those that `work` needs, and `work` releases them. Nothing is printed by the child, and it gets 2 GiB more
  /// memory than there is now. Throws Error if no process can be made.
  explicit ChildProcess(const std::function<std::vector<std::byte>()>& work);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Waits for the answer; call once. A child that is silent for `timeout` is stopped and has hung; an answer of more
  /// than `maxBytes` bytes counts as a crash.
  Answer wait(std::size_t maxBytes, std::chrono::milliseconds timeout);

 private:
  bool readAll(std::byte* out, std::size_t count, std::chrono::milliseconds timeout, End& end);
  bool hasEnded();

  pid_t pid_ = -1;
  int answers_ = -1;  ///< the end of a pipe
};

}  // namespace volary::os
