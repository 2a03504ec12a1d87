#pragma once

#include "cache/page_table.h"
#include "gpu/buffer.h"
#include "gpu/frame.h"
#include "render/texel_store.h"

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

/// The same in memory that commands read, in the slots' layout.
struct StagedBrick {
  StagedPlanes voxels;
  StagedPlanes cells;
  void setSlot(std::uint32_t slot) { voxels.slot = cells.slot = slot; }
};

/// The GPU's half of the page cache: the slots that hold the bricks, and the page table of the frame.
///
/// A second store of slots holds the ranges of the bricks' cells, kCellTexels a slot; its 0.4 % come on top of the
/// budget. What is in which slot is PageCache's business. Recording an upload into a slot whose brick an earlier frame
/// still reads is safe: the commands are ordered.
class VolumeCache {
 public:
  /// As many slots as `budgetBytes` and the device's limits allow. Throws Error if that is none, or memory is
  /// exhausted.
  VolumeCache(gpu::Device& device, PageFormat format, std::uint64_t budgetBytes);
  /// The same with this way to filter, even if another one is best for the device.
  VolumeCache(gpu::Device& device, PageFormat format, std::uint64_t budgetBytes, Filtering filtering);

  PageFormat format() const { return texels_.settings().format; }
  std::uint32_t slotCount() const;
  std::uint64_t bytes() const;
  Filtering filtering() const { return texels_.settings().filtering; }

  /// Records the copies; the voxels are read before this returns.
  void upload(gpu::Frame& frame, std::span<const SlotUpload> uploads);
  /// The two halves of upload(): stage() reads the voxels, copy() records the copies.
  StagedBrick stage(gpu::StagingMemory& memory, const SlotUpload& upload) const;
  void copy(gpu::Frame& frame, std::span<const StagedBrick> bricks);
  /// How much staging memory one brick takes.
  VkDeviceSize stagedBytes() const;

  /// Records the copy of the page table; what is drawn after it sees it.
  void setPageTable(gpu::Frame& frame, const PageTable& table);

  // What the renderer binds.
  const TexelStore& texels() const { return texels_; }
  const TexelStore& cells() const { return cells_; }
  VkDeviceAddress pageTableAddress() const { return table_.address(); }
  std::uint32_t pageTableEntries() const { return tableEntries_; }
  std::uint32_t pageTableMaxProbe() const { return tableMaxProbe_; }

 private:
  gpu::Device& device_;
  TexelStore texels_;
  TexelStore cells_;
  gpu::Buffer table_;
  std::uint32_t tableEntries_ = 0;
  std::uint32_t tableMaxProbe_ = 0;
};

}  // namespace volary
