#include "base/os/page_cache.h"

#include "base/error.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <vector>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

namespace volary::os {

namespace {

// Pages that another program looks at stay; so few make no difference.
constexpr double kFewPages = 0.02;

/// The share of the file's pages that the kernel holds; all of them if it does not say (it tells only those who may
/// write the file).
double residentShare(int descriptor, std::size_t bytes) {
  if (bytes == 0) return 0.0;
  void* const map = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, descriptor, 0);
  if (map == MAP_FAILED) return 1.0;
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  std::vector<unsigned char> resident((bytes + page - 1) / page);
  const bool told = ::mincore(map, bytes, resident.data()) == 0;
  ::munmap(map, bytes);
  const auto count = std::ranges::count_if(resident, [](unsigned char flags) { return (flags & 1u) != 0; });
  return told ? static_cast<double>(count) / static_cast<double>(resident.size()) : 1.0;
}

}  // namespace

std::string dropFromPageCache(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return systemErrorText(errno);
  struct stat status {};
  ::fstat(descriptor, &status);
  ::fsync(descriptor);  // pages that are not on the disk yet can't be dropped
  const int error = ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
  const double share = residentShare(descriptor, static_cast<std::size_t>(status.st_size));
  ::close(descriptor);
  if (error != 0) return systemErrorText(error);
  if (share > kFewPages)
    return fmt::format("the kernel keeps {:.0f} % of the file in memory, or does not say how much", 100.0 * share);
  return {};
}

}  // namespace volary::os
