#include "formats/hdf5_image/child_process.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <thread>

namespace volary {

namespace {

[[noreturn]] void runAsChild(const std::function<void()>& work) {
  // A crash here is expected: no report of a sanitizer or of the C library, no core file.
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT}) std::signal(signal, SIG_DFL);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  if (const int null = open("/dev/null", O_WRONLY); null >= 0) {
    dup2(null, STDOUT_FILENO);
    dup2(null, STDERR_FILENO);
  }
  try {
    work();
  } catch (...) {
    // An error is a sound answer; only a crash or a hang is not.
  }
  _exit(0);
}

}  // namespace

ChildProcess::ChildProcess(const std::function<void()>& work) {
  pid_ = fork();
  if (pid_ == 0) runAsChild(work);
}

ChildProcess::~ChildProcess() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

ChildProcess::End ChildProcess::wait(std::chrono::milliseconds timeout) {
  if (pid_ < 0) return End::done;
  const auto deadline = std::chrono::steady_clock::now() + timeout;
  for (;;) {
    int status = 0;
    const pid_t ended = waitpid(pid_, &status, WNOHANG);
    if (ended != 0) {
      pid_ = -1;
      const bool sound = ended < 0 || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
      return sound ? End::done : End::crashed;
    }
    if (std::chrono::steady_clock::now() >= deadline) return End::hung;
    std::this_thread::sleep_for(std::chrono::microseconds(500));
  }
}

}  // namespace volary
