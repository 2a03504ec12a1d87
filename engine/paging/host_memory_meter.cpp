#include "paging/host_memory_meter.h"

#include "shared/page_table.h"
#include "streaming/chunk_cache.h"

#include <algorithm>

namespace volary {

const HostMemory& HostMemoryMeter::measure(const PagedCache& paged, const ShownScene& scene,
                                           const LoaderSettings& settings, const LoaderStats& loader,
                                           std::size_t tableEntries, std::uint64_t workBytes) {
  memory_.tableBytes = tableEntries * sizeof(shared::PageTableEntry);
  memory_.workPeakBytes = std::max(memory_.workPeakBytes, workBytes);
  memory_.bytes = workBytes + loader.hostCacheBytes + loader.storedBytes +
                  (loader.inFlight + loader.finished + loader.spare) * paged.brickBytes() + memory_.tableBytes +
                  paged.bricksInTransit() * paged.brickBytes();
  memory_.peakBytes = std::max(memory_.peakBytes, memory_.bytes);

  // A table is at least a quarter full, and holds each brick with at most one bridge for each level.
  std::uint64_t mostLevels = 0, chunkBytes = 0;
  for (const SceneImage& image : scene.images()) {
    mostLevels = std::max<std::uint64_t>(mostLevels, image.pyramid->levels.size());
    for (const LevelInfo& level : image.pyramid->levels)
      chunkBytes = std::max<std::uint64_t>(chunkBytes, decodedChunkBytes(level, image.pyramid->voxelType));
  }
  const std::uint64_t mostEntries = 4ull * paged.cache().slotCount() * mostLevels;
  memory_.boundBytes = memory_.workPeakBytes +
                       boundLoaderBytes(settings, loader.threads, chunkBytes, paged.brickBytes()) +
                       paged.mostBricksInTransit() * paged.brickBytes() +
                       std::max<std::uint64_t>(mostEntries, 64) * sizeof(shared::PageTableEntry);
  return memory_;
}

}  // namespace volary
