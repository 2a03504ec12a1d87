#pragma once

#include "paging/frame_report.h"
#include "paging/paged_cache.h"
#include "paging/shown_scene.h"

#include <cstddef>
#include <cstdint>

namespace volary {

/// Measures HostMemory, frame by frame: keeps the peaks.
class HostMemoryMeter {
 public:
  /// `loader` are the loader's figures of this moment, `tableEntries` the page table's, `workBytes` what the source
  /// takes to make levels.
  const HostMemory& measure(const PagedCache& paged, const ShownScene& scene, const LoaderSettings& settings,
                            const LoaderStats& loader, std::size_t tableEntries, std::uint64_t workBytes);

 private:
  HostMemory memory_;
};

}  // namespace volary
