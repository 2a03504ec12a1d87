#include "sidecar/sidecar_room.h"

#include "base/bytes.h"
#include "base/error.h"
#include "storage/disk_space.h"

namespace volary {

namespace {

/// A cache must leave the user some of the disk.
constexpr std::uint64_t kLeaveFreeBytes = 1 * kGiB;

}  // namespace

void checkRoom(const PyramidJob& job, const SidecarFolder& folder, const SidecarSettings& settings) {
  const std::uint64_t needed = largestSidecar(job);
  if (needed > settings.maxBytes)
    fail("{}: coarser levels may need {}, and all may take {} (--sidecar-gb)", settings.root.string(),
         formatBytes(needed), formatBytes(settings.maxBytes));
  const auto free = freeBytes(folder.levels().parent_path());
  if (free && *free < needed + kLeaveFreeBytes)
    fail("{}: coarser levels may need {}, and {} are free on the disk", settings.root.string(), formatBytes(needed),
         formatBytes(*free));
}

}  // namespace volary
