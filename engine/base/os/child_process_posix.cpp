#include "base/os/child_process.h"

#include "base/bytes.h"
#include "base/error.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstring>
#include <fstream>

namespace volary::os {

namespace {

constexpr rlim_t kMoreMemory = 2 * kGiB;

/// What stands ahead of an answer in the pipe.
struct Head {
  std::uint64_t isSentence = 0;
  std::uint64_t bytes = 0;
};

bool writeAll(int pipe, const void* bytes, std::size_t count) {
  const auto* at = static_cast<const char*>(bytes);
  while (count > 0) {
    const ssize_t written = write(pipe, at, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    at += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

void limitMemory() {
  // Data and stack in pages: the sixth number.
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  for (int i = 0; i < 6; ++i) statm >> pages;
  if (!statm) return;
  const rlim_t bytes = pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE)) + kMoreMemory;
  const rlimit limit{bytes, bytes};
  setrlimit(RLIMIT_DATA, &limit);
}

[[noreturn]] void runAsChild(const std::function<std::vector<std::byte>()>& work, int pipe) {
  // A crash here is expected: no report of a sanitizer or of the C library, no core file.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(signal, SIG_DFL);
  // If nobody waits any more, writing ends this process.
  std::signal(SIGPIPE, SIG_DFL);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  limitMemory();
  if (const int null = open("/dev/null", O_WRONLY | O_CLOEXEC); null >= 0) {
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
  }
  Head head;
  std::vector<std::byte> bytes;
  std::string sentence;
  try {
    bytes = work();
    head.bytes = bytes.size();
  } catch (const std::exception& error) {
    sentence = error.what();
    head = {.isSentence = 1, .bytes = sentence.size()};
  }
  const void* body = head.isSentence != 0 ? static_cast<const void*>(sentence.data()) : bytes.data();
  const bool sent = writeAll(pipe, &head, sizeof head) && writeAll(pipe, body, head.bytes);
  _exit(sent ? 0 : 1);
}

}  // namespace

ChildProcess::ChildProcess(const std::function<std::vector<std::byte>()>& work) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) fail("no pipe can be made: {}", systemErrorText(errno));
  pid_ = fork();
  if (pid_ == 0) {
    close(ends[0]);
    runAsChild(work, ends[1]);
  }
  const int cause = errno;
  close(ends[1]);
  answers_ = ends[0];
  if (pid_ > 0) return;
  close(answers_);
  fail("no process can be made: {}", systemErrorText(cause));
}

ChildProcess::~ChildProcess() {
  close(answers_);
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  while (waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

bool ChildProcess::hasEnded() {
  if (pid_ < 0) return true;
  if (waitpid(pid_, nullptr, WNOHANG) == 0) return false;
  pid_ = -1;
  return true;
}

bool ChildProcess::readAll(std::byte* out, std::size_t count, std::chrono::milliseconds timeout, End& end) {
  // The pipe's end alone does not tell that the child is gone: another child, forked meanwhile, may hold it open.
  constexpr int kLookMs = 20;
  auto deadline = std::chrono::steady_clock::now() + timeout;
  while (count > 0) {
    const bool ended = hasEnded();
    pollfd ready{.fd = answers_, .events = POLLIN, .revents = 0};
    const int polled = poll(&ready, 1, ended ? 0 : kLookMs);
    if (polled > 0) {
      const ssize_t got = read(answers_, out, count);
      if (got < 0 && errno == EINTR) continue;
      if (got <= 0) {
        end = End::crashed;
        return false;
      }
      out += got;
      count -= static_cast<std::size_t>(got);
      deadline = std::chrono::steady_clock::now() + timeout;
    } else if (ended) {
      end = End::crashed;
      return false;
    } else if (std::chrono::steady_clock::now() >= deadline) {
      end = End::hung;
      return false;
    }
  }
  return true;
}

ChildProcess::Answer ChildProcess::wait(std::size_t maxBytes, std::chrono::milliseconds timeout) {
  Answer answer;
  std::byte start[sizeof(Head)];
  if (!readAll(start, sizeof start, timeout, answer.end)) return answer;
  Head head;
  std::memcpy(&head, start, sizeof head);
  if (head.bytes > maxBytes) return answer;
  std::vector<std::byte> bytes(head.bytes);
  if (!readAll(bytes.data(), bytes.size(), timeout, answer.end)) return answer;
  answer.end = head.isSentence != 0 ? End::failed : End::answered;
  if (answer.end == End::failed)
    std::ranges::transform(bytes, std::back_inserter(answer.sentence),
                           [](std::byte b) { return static_cast<char>(b); });
  else
    answer.bytes = std::move(bytes);
  return answer;
}

}  // namespace volary::os
