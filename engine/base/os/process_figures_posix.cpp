#include "base/os/process_figures.h"

#include "base/bytes.h"

#include <filesystem>
#include <fstream>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace volary::os {

namespace {

rusage resourcesUsed() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  return used;
}

double secondsOf(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

}  // namespace

std::uint64_t processId() { return static_cast<std::uint64_t>(::getpid()); }

std::uint64_t residentBytes() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t totalPages = 0, residentPages = 0;
  if (!(statm >> totalPages >> residentPages)) return 0;
  return residentPages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// Linux counts in KiB.
std::uint64_t peakResidentBytes() { return static_cast<std::uint64_t>(resourcesUsed().ru_maxrss) * kKiB; }

double cpuSeconds() {
  const rusage used = resourcesUsed();
  return secondsOf(used.ru_utime) + secondsOf(used.ru_stime);
}

std::set<std::string> findOpenFiles() {
  std::set<std::string> files;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", error)) {
    const std::filesystem::path target = std::filesystem::read_symlink(entry.path(), error);
    if (!error && target.is_absolute() && std::filesystem::is_regular_file(target, error))
      files.insert(target.string());
  }
  return files;
}

}  // namespace volary::os
