#include "bench/open_files.h"

#include <filesystem>
#include <system_error>

namespace volary {

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

}  // namespace volary
