#pragma once

#include "cache/page_table.h"
#include "gpu/buffer.h"
#include "gpu/frame.h"
#include "gpu/image.h"
#include "pyramid/page_voxel.h"

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary {

/// The voxels of one brick on their way into a slot: kPaddedBrickVoxels page voxels of the cache's format, x fastest.
struct SlotUpload {
  std::uint32_t slot = 0;
  std::span<const std::byte> voxels;
  std::span<const std::byte> cells;  ///< their ranges: kCellRangesVoxels page voxels, laid out as kCellTexels says
};

enum class Filtering { sampler, shader };

/// The GPU's half of the page cache: the image that holds the bricks, and the page table of the frame.
///
/// A second image holds the ranges of the bricks' cells, kCellTexels a slot; its 0.4 % come on top of the budget.
///
/// Slot i lies at (i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y)) * kPaddedBrick texels. What is in which slot
/// is PageCache's business. Recording an upload into a slot whose brick an earlier frame still reads is safe: the
/// commands are ordered.
class VolumeCache {
 public:
  /// As many slots as `budgetBytes` and the device's limits allow. Throws Error if that is none, or memory is exhausted.
  VolumeCache(gpu::Device& device, PageFormat format, std::uint64_t budgetBytes);

  PageFormat format() const { return format_; }
  std::uint32_t slotCount() const;
  std::uint64_t bytes() const;
  /// Who filters between texels. By default the sampler of a GPU that can, else the shaders.
  Filtering filtering() const { return filtering_; }
  void setFiltering(Filtering filtering) { filtering_ = filtering; }

  /// Records the copies; the voxels are read before this returns.
  void upload(gpu::Frame& frame, std::span<const SlotUpload> uploads);

  /// Records the copy of the page table; what is drawn after it sees it.
  void setPageTable(gpu::Frame& frame, const PageTable& table);

  // What the renderer binds.
  const gpu::Image& image() const { return image_; }
  const gpu::Image& cells() const { return cells_; }
  ivec3 slotGrid() const { return slotGrid_; }
  VkBuffer pageTableBuffer() const { return table_.get(); }
  std::uint32_t pageTableEntries() const { return tableEntries_; }
  std::uint32_t pageTableMaxProbe() const { return tableMaxProbe_; }

 private:
  gpu::Device& device_;
  PageFormat format_;
  ivec3 slotGrid_{0};
  Filtering filtering_ = Filtering::sampler;
  gpu::Image image_;
  gpu::Image cells_;
  bool imagesReady_ = false;  // have the layout that they are used with
  gpu::Buffer table_;
  std::uint32_t tableEntries_ = 0;
  std::uint32_t tableMaxProbe_ = 0;
};

}  // namespace volary
