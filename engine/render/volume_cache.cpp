#include "render/volume_cache.h"

#include "base/bytes.h"
#include "base/error.h"
#include "gpu/barrier.h"
#include "gpu/check.h"
#include "pyramid/brick.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <vector>

namespace volary {

namespace {

constexpr VkImageUsageFlags kUsage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;

VkFormat vulkanFormat(PageFormat format) {
  switch (format) {
    case PageFormat::r8: return VK_FORMAT_R8_UNORM;
    case PageFormat::r16: return VK_FORMAT_R16_UNORM;
    case PageFormat::r32f: break;
  }
  return VK_FORMAT_R32_SFLOAT;
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

}  // namespace

VolumeCache::VolumeCache(gpu::Device& device, PageFormat format, std::uint64_t budgetBytes)
    : device_(device), format_(format) {
  const VkFormat vkFormat = vulkanFormat(format);
  VkImageFormatProperties limits{};
  gpu::check(vkGetPhysicalDeviceImageFormatProperties(device.physical(), vkFormat, VK_IMAGE_TYPE_3D,
                                                      VK_IMAGE_TILING_OPTIMAL, kUsage, 0, &limits),
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
  const uvec3 extent(slotGrid_ * kPaddedBrick);
  image_ = gpu::Image(device, {.type = VK_IMAGE_TYPE_3D,
                               .format = vkFormat,
                               .extent = {extent.x, extent.y, extent.z},
                               .usage = kUsage,
                               .name = "page cache"});
}

std::uint32_t VolumeCache::slotCount() const {
  return static_cast<std::uint32_t>(slotGrid_.x) * static_cast<std::uint32_t>(slotGrid_.y) *
         static_cast<std::uint32_t>(slotGrid_.z);
}

std::uint64_t VolumeCache::bytes() const { return slotCount() * slotBytes(format_); }

void VolumeCache::upload(gpu::Frame& frame, std::span<const SlotUpload> uploads) {
  if (uploads.empty()) return;
  const std::uint64_t bytesEach = slotBytes(format_);
  const gpu::Staging staging = frame.stage(uploads.size() * bytesEach);
  std::vector<VkBufferImageCopy> copies;
  for (const SlotUpload& upload : uploads) {
    assert(upload.slot < slotCount() && upload.voxels.size() == bytesEach);
    std::memcpy(staging.mapped + copies.size() * bytesEach, upload.voxels.data(), bytesEach);
    const int slot = static_cast<int>(upload.slot);
    const ivec3 origin = kPaddedBrick * ivec3(slot % slotGrid_.x, slot / slotGrid_.x % slotGrid_.y,
                                              slot / (slotGrid_.x * slotGrid_.y));
    VkBufferImageCopy copy{};
    copy.bufferOffset = staging.offset + copies.size() * bytesEach;
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageOffset = {origin.x, origin.y, origin.z};
    copy.imageExtent = {kPaddedBrick, kPaddedBrick, kPaddedBrick};
    copies.push_back(copy);
  }

  constexpr VkImageLayout kWritten = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  constexpr VkImageLayout kSampled = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
  gpu::recordImageBarrier(frame.commands(), image_.get(), gpu::kComputeRead,
                          imageReady_ ? kSampled : VK_IMAGE_LAYOUT_UNDEFINED, gpu::kTransferWrite, kWritten);
  vkCmdCopyBufferToImage(frame.commands(), staging.buffer, image_.get(), kWritten,
                         static_cast<std::uint32_t>(copies.size()), copies.data());
  gpu::recordImageBarrier(frame.commands(), image_.get(), gpu::kTransferWrite, kWritten, gpu::kComputeRead, kSampled);
  imageReady_ = true;
}

void VolumeCache::setPageTable(gpu::Frame& frame, const PageTable& table) {
  if (!imageReady_) {
    gpu::recordImageBarrier(frame.commands(), image_.get(), {}, VK_IMAGE_LAYOUT_UNDEFINED, gpu::kComputeRead,
                            VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL);
    imageReady_ = true;
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
