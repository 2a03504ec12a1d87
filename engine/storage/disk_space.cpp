#include "storage/disk_space.h"

namespace volary {

std::optional<std::uint64_t> freeBytes(const std::filesystem::path& folder) {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(folder, error);
  if (error || space.available == static_cast<std::uintmax_t>(-1)) return std::nullopt;
  return space.available;
}

}  // namespace volary
