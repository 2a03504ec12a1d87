#include "base/os/child_process.h"

#include "base/error.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <fstream>
#include <iterator>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace volary::os {

namespace {

/// What stands before a question, and before an answer.
struct Head {
  std::uint64_t isSentence = 0;
  std::uint64_t bytes = 0;
};

/// How the child begins: the pair of sockets as standard input and output, nothing inherited that would change what a
/// signal does.
class StartSettings {
 public:
  explicit StartSettings(int link) {
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, link, STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&files, link, STDOUT_FILENO);
    ::posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawnattr_setpgroup(&attributes, 0);
    sigset_t signals;
    ::sigemptyset(&signals);
    ::posix_spawnattr_setsigmask(&attributes, &signals);
    for (const int signal : {SIGPIPE, SIGXFSZ, SIGINT, SIGTERM}) ::sigaddset(&signals, signal);
    ::posix_spawnattr_setsigdefault(&attributes, &signals);
  }
  ~StartSettings() {
    ::posix_spawn_file_actions_destroy(&files);
    ::posix_spawnattr_destroy(&attributes);
  }
  StartSettings(const StartSettings&) = delete;
  StartSettings& operator=(const StartSettings&) = delete;

  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;
};

/// False at the end, and where something is wrong.
bool readWhole(int file, void* out, std::size_t count) {
  auto* to = static_cast<std::byte*>(out);
  while (count > 0) {
    const ssize_t got = ::read(file, to, count);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    count -= static_cast<std::size_t>(got);
  }
  return true;
}

bool writeWhole(int file, const void* bytes, std::size_t count) {
  const auto* from = static_cast<const std::byte*>(bytes);
  while (count > 0) {
    const ssize_t written = ::send(file, from, count, MSG_NOSIGNAL);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    from += written;
    count -= static_cast<std::size_t>(written);
  }
  return true;
}

/// Moves the link away from standard input and output, where any library might write.
int takeLink() {
  const int link = ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
  if (const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC); null >= 0) {
    ::dup2(null, STDIN_FILENO);
    ::dup2(null, STDOUT_FILENO);
    ::close(null);
  }
  return link;
}

}  // namespace

std::filesystem::path ownProgram() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

std::vector<std::string> ownArguments() {
  std::ifstream file("/proc/self/cmdline");
  std::vector<std::string> arguments;
  for (std::string argument; std::getline(file, argument, '\0');) arguments.push_back(argument);
  if (!arguments.empty()) arguments.erase(arguments.begin());
  return arguments;
}

ChildProcess::ChildProcess(const std::filesystem::path& program, const std::vector<std::string>& arguments) {
  int ends[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
    fail("{} can't be started: {}", program.string(), systemErrorText(errno));
  std::vector<std::string> words = {program.string()};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const StartSettings settings(ends[1]);
  pid_t process = -1;
  const int error =
      ::posix_spawn(&process, program.c_str(), &settings.files, &settings.attributes, pointers.data(), environ);
  ::close(ends[1]);
  if (error != 0) ::close(ends[0]);
  if (error != 0) fail("{} can't be started: {}", program.string(), systemErrorText(error));
  process_ = process;
  link_ = ends[0];
}

ChildProcess::~ChildProcess() {
  ::close(link_);
  const auto process = static_cast<pid_t>(process_);
  ::kill(process, SIGKILL);
  while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {
  }
}

/// Until bytes can be sent or received, or the child has ended. False if neither is so before `deadline`.
bool ChildProcess::waitFor(short event, Clock::time_point deadline, End& end) const {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd ready{.fd = link_, .events = event, .revents = 0};
    const int polled = ::poll(&ready, 1, static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000'000)));
    if (polled > 0) return true;
    if (polled < 0 && errno == EINTR) continue;
    end = polled == 0 ? End::hung : End::crashed;
    return false;
  }
}

bool ChildProcess::sendAll(std::span<const std::byte> bytes, Clock::time_point deadline, End& end) const {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(link_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent >= 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (!waitFor(POLLOUT, deadline, end)) return false;
    } else if (errno != EINTR) {
      end = End::crashed;
      return false;
    }
  }
  return true;
}

bool ChildProcess::receiveAll(std::span<std::byte> bytes, std::chrono::milliseconds timeout, End& end) const {
  while (!bytes.empty()) {
    if (!waitFor(POLLIN, Clock::now() + timeout, end)) return false;
    const ssize_t got = ::recv(link_, bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) {
      bytes = bytes.subspan(static_cast<std::size_t>(got));
    } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
      end = End::crashed;
      return false;
    }
  }
  return true;
}

ChildProcess::Answer ChildProcess::ask(std::span<const std::byte> question, std::size_t maxBytes,
                                       std::chrono::milliseconds timeout) {
  Answer answer;
  Head head{.bytes = question.size()};
  const auto deadline = Clock::now() + timeout;
  if (!sendAll(std::as_bytes(std::span(&head, 1)), deadline, answer.end)) return answer;
  if (!sendAll(question, deadline, answer.end)) return answer;
  if (!receiveAll(std::as_writable_bytes(std::span(&head, 1)), timeout, answer.end)) return answer;
  if (head.bytes > maxBytes) return answer;
  std::vector<std::byte> bytes(head.bytes);
  if (!receiveAll(bytes, timeout, answer.end)) return answer;
  answer.end = head.isSentence != 0 ? End::failed : End::answered;
  if (answer.end == End::failed)
    std::ranges::transform(bytes, std::back_inserter(answer.sentence),
                           [](std::byte b) { return static_cast<char>(b); });
  else
    answer.bytes = std::move(bytes);
  return answer;
}

void serveParent(const std::function<std::vector<std::byte>(std::span<const std::byte>)>& answer) {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  const int link = takeLink();
  // A library that hangs must not outlive whoever asked.
  std::thread([link] {
    pollfd ended{.fd = link, .events = 0, .revents = 0};
    while (::poll(&ended, 1, -1) < 0 && errno == EINTR) {
    }
    ::_exit(0);
  }).detach();

  Head head;
  std::vector<std::byte> bytes;
  while (readWhole(link, &head, sizeof head)) {
    bytes.resize(head.bytes);
    if (!readWhole(link, bytes.data(), bytes.size())) return;
    std::string sentence;
    try {
      bytes = answer(bytes);
      head = {.isSentence = 0, .bytes = bytes.size()};
    } catch (const std::exception& error) {
      sentence = error.what();
      head = {.isSentence = 1, .bytes = sentence.size()};
    }
    const void* const body = head.isSentence != 0 ? static_cast<const void*>(sentence.data()) : bytes.data();
    if (!writeWhole(link, &head, sizeof head) || !writeWhole(link, body, head.bytes)) return;
  }
}

void limitMoreMemory(std::uint64_t bytes) {
  // Data and stack in pages: the sixth number.
  std::ifstream statm("/proc/self/statm");
  rlim_t pages = 0;
  for (int i = 0; i < 6; ++i) statm >> pages;
  if (!statm) return;
  const rlim_t most = pages * static_cast<rlim_t>(::sysconf(_SC_PAGESIZE)) + bytes;
  const rlimit limit{most, most};
  ::setrlimit(RLIMIT_DATA, &limit);
}

}  // namespace volary::os
