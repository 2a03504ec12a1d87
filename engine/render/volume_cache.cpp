#include "render/volume_cache.h"

#include "base/bytes.h"
#include "base/error.h"
#include "gpu/barrier.h"
#include "gpu/check.h"
#include "pyramid/brick.h"
#include "render/page_image.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <vector>

namespace volary {

namespace {

VkFormat rangeFormat(PageFormat format) {
  switch (format) {
    case PageFormat::r8: return VK_FORMAT_R8G8_UNORM;
    case PageFormat::r16: return VK_FORMAT_R16G16_UNORM;
    case PageFormat::r32f: break;
  }
  return VK_FORMAT_R32G32_SFLOAT;
}

/// Room for slots of `slot` texels each.
VkExtent3D extentFor(const ivec3& grid, const ivec3& slot) {
  const uvec3 extent(grid * slot);
  return {extent.x, extent.y, extent.z};
}

std::uint64_t slotBytes(PageFormat format) { return std::uint64_t{kPaddedBrickVoxels} * pageVoxelBytes(format); }

/// The grid with the most slots, of at most `maxSlots` and `maxPerAxis` along each axis; of equals the one nearest to a
/// cube.
ivec3 chooseSlotGrid(std::uint64_t maxSlots, const ivec3& maxPerAxis) {
  ivec3 best(0);
  const auto slots = [](const ivec3& grid) { return std::uint64_t(grid.x) * grid.y * grid.z; };
  const auto longest = [](const ivec3& grid) { return std::max({grid.x, grid.y, grid.z}); };
  const auto last = [&](double root, int axis) {
    return std::min(static_cast<int>(std::ceil(root)) + 1, maxPerAxis[axis]);
  };
  for (int x = 1; x <= last(std::cbrt(double(maxSlots)), 0); ++x) {
    for (int y = 1; y <= last(std::sqrt(double(maxSlots) / x), 1); ++y) {
      const std::uint64_t z = std::min<std::uint64_t>(maxSlots / (std::uint64_t(x) * y), maxPerAxis.z);
      const ivec3 grid(x, y, static_cast<int>(z));
      if (slots(grid) > slots(best) || (slots(grid) == slots(best) && longest(grid) < longest(best))) best = grid;
    }
  }
  return best;
}

/// Records copying each of `data` into a slot of the image, of `slotTexels`. All have one size.
void copyToSlots(gpu::Frame& frame, const gpu::Image& image, VkImageLayout before, std::span<const ivec3> slots,
                 const ivec3& slotTexels, std::span<const std::span<const std::byte>> data) {
  const std::size_t bytesEach = data.front().size();
  const gpu::Staging staging = frame.stage(slots.size() * bytesEach);
  std::vector<VkBufferImageCopy> copies;
  for (const ivec3& slot : slots) {
    const std::size_t at = copies.size() * bytesEach;
    std::memcpy(staging.mapped + at, data[copies.size()].data(), bytesEach);
    const ivec3 origin = slot * slotTexels;
    const uvec3 extent(slotTexels);
    VkBufferImageCopy copy{};
    copy.bufferOffset = staging.offset + at;
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageOffset = {origin.x, origin.y, origin.z};
    copy.imageExtent = {extent.x, extent.y, extent.z};
    copies.push_back(copy);
  }

  constexpr VkImageLayout kWritten = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  gpu::recordImageBarrier(frame.commands(), image.get(), gpu::kComputeRead, before, gpu::kTransferWrite, kWritten);
  vkCmdCopyBufferToImage(frame.commands(), staging.buffer, image.get(), kWritten,
                         static_cast<std::uint32_t>(copies.size()), copies.data());
  gpu::recordImageBarrier(frame.commands(), image.get(), gpu::kTransferWrite, kWritten, gpu::kComputeRead, kPageImageLayout);
}

}  // namespace

VolumeCache::VolumeCache(gpu::Device& device, PageFormat format, std::uint64_t budgetBytes)
    : device_(device), format_(format) {
  const VkFormat vkFormat = pageImageFormat(format);
  VkImageFormatProperties limits{};
  gpu::check(vkGetPhysicalDeviceImageFormatProperties(device.physical(), vkFormat, VK_IMAGE_TYPE_3D,
                                                      VK_IMAGE_TILING_OPTIMAL, kPageImageUsage, 0, &limits),
             "ask " + device.name() + " for a page cache of this voxel type");
  const std::uint64_t bytes = std::min<std::uint64_t>(budgetBytes, limits.maxResourceSize);
  const ivec3 maxPerAxis = ivec3(limits.maxExtent.width, limits.maxExtent.height, limits.maxExtent.depth) / kPaddedBrick;
  slotGrid_ = chooseSlotGrid(bytes / slotBytes(format), maxPerAxis);
  if (slotCount() == 0)
    fail("a page cache of {} holds no brick; one needs {}", formatBytes(budgetBytes), formatBytes(slotBytes(format)));

  // A software device's sampler weighs with floats of the whole image's coordinates, so that a brick's picture would
  // depend on its slot; and there the shader filters as fast.
  const bool canFilter = (device.optimalFeatures(vkFormat) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT) != 0;
  filtering_ = canFilter && !device.isSoftware() ? Filtering::sampler : Filtering::shader;
  image_ = gpu::Image(device, {.type = VK_IMAGE_TYPE_3D,
                               .format = vkFormat,
                               .extent = extentFor(slotGrid_, ivec3(kPaddedBrick)),
                               .usage = kPageImageUsage,
                               .name = "page cache"});
  cells_ = gpu::Image(device, {.type = VK_IMAGE_TYPE_3D,
                               .format = rangeFormat(format),
                               .extent = extentFor(slotGrid_, kCellTexels),
                               .usage = kPageImageUsage,
                               .name = "cells"});
}

std::uint32_t VolumeCache::slotCount() const {
  return static_cast<std::uint32_t>(slotGrid_.x) * static_cast<std::uint32_t>(slotGrid_.y) *
         static_cast<std::uint32_t>(slotGrid_.z);
}

std::uint64_t VolumeCache::bytes() const { return slotCount() * slotBytes(format_); }

void VolumeCache::upload(gpu::Frame& frame, std::span<const SlotUpload> uploads) {
  if (uploads.empty()) return;
  std::vector<std::span<const std::byte>> voxels, cells;
  std::vector<ivec3> slots;
  for (const SlotUpload& upload : uploads) {
    assert(upload.slot < slotCount() && upload.voxels.size() == slotBytes(format_));
    assert(upload.cells.size() == kCellRangesVoxels * pageVoxelBytes(format_));
    voxels.push_back(upload.voxels);
    cells.push_back(upload.cells);
    const int slot = static_cast<int>(upload.slot);
    slots.emplace_back(slot % slotGrid_.x, slot / slotGrid_.x % slotGrid_.y, slot / (slotGrid_.x * slotGrid_.y));
  }
  const VkImageLayout before = imagesReady_ ? kPageImageLayout : VK_IMAGE_LAYOUT_UNDEFINED;
  copyToSlots(frame, image_, before, slots, ivec3(kPaddedBrick), voxels);
  copyToSlots(frame, cells_, before, slots, kCellTexels, cells);
  imagesReady_ = true;
}

void VolumeCache::setPageTable(gpu::Frame& frame, const PageTable& table) {
  if (!imagesReady_) {
    for (const gpu::Image* image : {&image_, &cells_})
      gpu::recordImageBarrier(frame.commands(), image->get(), {}, VK_IMAGE_LAYOUT_UNDEFINED, gpu::kComputeRead, kPageImageLayout);
    imagesReady_ = true;
  }

  // Without entries the shader makes no probe, but there must be a buffer.
  const VkDeviceSize bytes = table.entries.size() * sizeof(shared::PageTableEntry);
  if (table_.bytes() < std::max<VkDeviceSize>(bytes, 1)) {
    device_.retire(std::move(table_));
    table_ = gpu::Buffer(device_, std::max<VkDeviceSize>(2 * bytes, 4096),
                         VK_BUFFER_USAGE_STORAGE_BUFFER_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
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
