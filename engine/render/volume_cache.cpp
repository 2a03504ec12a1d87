#include "render/volume_cache.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/frame_memory.h"
#include "gpu/barrier.h"
#include "pyramid/brick.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <vector>

namespace volary {

namespace {

std::uint64_t slotBytes(PageFormat format) { return std::uint64_t{kPaddedBrickVoxels} * pageVoxelBytes(format); }
std::uint64_t cellsBytes(PageFormat format) { return std::uint64_t{kCellRangesVoxels} * pageVoxelBytes(format); }

TexelStoreSettings brickSettings(const gpu::Device& device, PageFormat format, Filtering filtering,
                                 std::uint64_t budgetBytes) {
  TexelStoreSettings settings{.format = format,
                              .filtering = filtering,
                              .slotTexels = ivec3(kPaddedBrick),
                              .blocks = true,
                              .name = "page cache"};
  settings.slotGrid = TexelStore::chooseGrid(device, settings, budgetBytes);
  if (settings.slotGrid.x == 0)
    fail("a page cache of {} holds no brick; one needs {}", formatBytes(budgetBytes), formatBytes(slotBytes(format)));
  return settings;
}

TexelStoreSettings cellSettings(const TexelStoreSettings& bricks) {
  TexelStoreSettings settings = bricks;
  settings.channels = 2;
  settings.blocks = false;
  settings.slotTexels = kCellTexels;
  settings.name = "cells";
  return settings;
}

}  // namespace

VolumeCache::VolumeCache(gpu::Device& device, PageFormat format, std::uint64_t budgetBytes)
    : VolumeCache(device, format, budgetBytes, chooseFiltering(device, format)) {}

VolumeCache::VolumeCache(gpu::Device& device, PageFormat format, std::uint64_t budgetBytes, Filtering filtering)
    : device_(device),
      texels_(device, brickSettings(device, format, filtering, budgetBytes)),
      cells_(device, cellSettings(texels_.settings())) {}

std::uint32_t VolumeCache::slotCount() const {
  const uvec3 grid(texels_.settings().slotGrid);
  return grid.x * grid.y * grid.z;
}

std::uint64_t VolumeCache::bytes() const { return slotCount() * slotBytes(format()); }

void VolumeCache::upload(gpu::Frame& frame, std::span<const SlotUpload> uploads) {
  FrameVector<StagedBrick> bricks;
  for (const SlotUpload& upload : uploads) bricks.push_back(stage(frame, upload));
  copy(frame, bricks);
}

StagedBrick VolumeCache::stage(gpu::StagingMemory& memory, const SlotUpload& upload) const {
  assert(upload.voxels.size() == slotBytes(format()) && upload.cells.size() == cellsBytes(format()));
  return {texels_.stage(memory, {.slot = upload.slot, .texels = upload.voxels}),
          cells_.stage(memory, {.slot = upload.slot, .texels = upload.cells})};
}

void VolumeCache::copy(gpu::Frame& frame, std::span<const StagedBrick> bricks) {
  FrameVector<StagedPlanes> voxels, cells;
  for (const StagedBrick& brick : bricks) {
    assert(brick.voxels.slot < slotCount());
    voxels.push_back(brick.voxels);
    cells.push_back(brick.cells);
  }
  texels_.copy(frame, voxels);
  cells_.copy(frame, cells);
}

VkDeviceSize VolumeCache::stagedBytes() const {
  return gpu::alignStaging(slotBytes(format())) + gpu::alignStaging(cellsBytes(format()));
}

void VolumeCache::setPageTable(gpu::Frame& frame, const PageTable& table) {
  texels_.prepare(frame);
  cells_.prepare(frame);

  // Without entries the shader probes nothing, but there must be a buffer.
  const VkDeviceSize bytes = table.entries.size() * sizeof(shared::PageTableEntry);
  if (table_.bytes() < std::max<VkDeviceSize>(bytes, 1)) {
    device_.retire(std::move(table_));
    table_ = gpu::Buffer(device_, std::max<VkDeviceSize>(2 * bytes, 4096),
                         VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                         gpu::BufferMemory::device, "page table");
  }
  tableEntries_ = static_cast<std::uint32_t>(table.entries.size());
  tableMaxProbe_ = table.entries.empty() ? 0 : table.maxProbe;
  if (bytes == 0) return;

  const gpu::Staging staging = frame.stage(bytes);
  std::memcpy(staging.mapped, table.entries.data(), bytes);
  gpu::recordMemoryBarrier(frame.commands(), gpu::kComputeRead, gpu::kTransferWrite);
  const VkBufferCopy copy{staging.offset, 0, bytes};
  vkCmdCopyBuffer(frame.commands(), staging.buffer, table_.get(), 1, &copy);
  gpu::recordMemoryBarrier(frame.commands(), gpu::kTransferWrite, gpu::kComputeRead);
}

}  // namespace volary
