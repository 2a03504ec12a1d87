#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

/// Programs that are started to do a piece of work in a process of their own, and their side of it.
namespace volary::os {

/// The file of the program that runs in this process.
std::filesystem::path ownProgram();

/// The command line of this process, without the program.
std::vector<std::string> ownArguments();

/// A program that answers questions: if a library there crashes, hangs or is greedy for memory, that is an answer too,
/// not the end of this program. Nothing of this process is copied. Owns the process: it is gone when this is destroyed,
/// and ends by itself when this process does. One thread at a time.
class ChildProcess {
 public:
  enum class End : std::uint8_t {
    answered,
    failed,  ///< the work threw an exception
    crashed,
    hung,
  };
  struct Answer {
    End end = End::crashed;
    std::vector<std::byte> bytes;  ///< of `answered`; to be taken with care, as the child may have gone astray before
    std::string sentence;          ///< of `failed`
  };

  /// Starts `program`, which calls serveParent(). What it prints is not seen, and Ctrl-C in a terminal does not reach
  /// it. Throws Error if it can't be started.
  ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// A child that is silent for `timeout` has hung; an answer of more than `maxBytes` bytes counts as a crash. After
  /// either, and after a crash, this is of no more use.
  Answer ask(std::span<const std::byte> question, std::size_t maxBytes, std::chrono::milliseconds timeout);

 private:
  using Clock = std::chrono::steady_clock;
  bool waitFor(short event, Clock::time_point deadline, End& end) const;
  bool sendAll(std::span<const std::byte> bytes, Clock::time_point deadline, End& end) const;
  bool receiveAll(std::span<std::byte> bytes, std::chrono::milliseconds timeout, End& end) const;

  std::int64_t process_ = -1;
  int link_ = -1;  ///< the end of a pair of sockets
};

/// The other side: answers each question of the process that started this one, until that is done or has ended; then
/// returns, or ends the process if it is still at work. Exceptions of `answer` become sentences. Standard input and
/// output lead nowhere from now on. Leaves no core file behind. Call once, before other threads begin.
void serveParent(const std::function<std::vector<std::byte>(std::span<const std::byte>)>& answer);

/// From now on this process may have that much more memory than it has now; asking for more throws std::bad_alloc.
/// Where the system has no such limit, nothing changes.
void limitMoreMemory(std::uint64_t bytes);

}  // namespace volary::os
