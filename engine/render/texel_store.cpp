#include "render/texel_store.h"

#include "base/frame_memory.h"
#include "base/grid.h"
#include "gpu/barrier.h"
#include "gpu/check.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <vector>

namespace volary {

namespace {

constexpr VkImageUsageFlags kUsage = VK_IMAGE_USAGE_SAMPLED_BIT | VK_IMAGE_USAGE_TRANSFER_DST_BIT;
constexpr VkImageLayout kReadLayout = VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL;
constexpr VkImageLayout kWrittenLayout = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;

VkFormat imageFormat(PageFormat format, int channels) {
  const bool two = channels == 2;
  switch (format) {
    case PageFormat::r8: return two ? VK_FORMAT_R8G8_UNORM : VK_FORMAT_R8_UNORM;
    case PageFormat::r16: return two ? VK_FORMAT_R16G16_UNORM : VK_FORMAT_R16_UNORM;
    case PageFormat::r32f: break;
  }
  return two ? VK_FORMAT_R32G32_SFLOAT : VK_FORMAT_R32_SFLOAT;
}

VkImageFormatProperties findImageLimits(const gpu::Device& device, const TexelStoreSettings& settings) {
  VkImageFormatProperties limits{};
  gpu::check(
      vkGetPhysicalDeviceImageFormatProperties(device.physical(), imageFormat(settings.format, settings.channels),
                                               VK_IMAGE_TYPE_3D, VK_IMAGE_TILING_OPTIMAL, kUsage, 0, &limits),
      "ask " + device.name() + " for images of this voxel type");
  return limits;
}

VkDeviceSize planeBytes(const TexelStoreSettings& settings) {
  return VkDeviceSize(settings.slotTexels.x) * settings.slotTexels.y * settings.channels *
         pageVoxelBytes(settings.format);
}

/// The grid with the most slots, at most `maxSlots` in all and `maxPerAxis` along each axis; among equals, the one
/// nearest to a cube.
ivec3 chooseImageGrid(std::uint64_t maxSlots, const ivec3& maxPerAxis) {
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

/// Rows of whole planes, x fastest, as blocks. A page voxel is a `Word`.
template <typename Word>
void copyBlocks(const ivec3& size, std::span<const std::byte> planes, std::byte* blocks) {
  const auto* row = reinterpret_cast<const Word*>(planes.data());
  const auto rows = static_cast<std::ptrdiff_t>(planes.size() / sizeof(Word)) / size.x;
  for (std::ptrdiff_t i = 0; i < rows; ++i, row += size.x) {
    const std::ptrdiff_t y = i % size.y, z = i / size.y;
    Word* to = reinterpret_cast<Word*>(blocks) + (z / 2 * size.y + y / 2 * 2) * 2 * size.x + z % 2 * 4 + y % 2 * 2;
    for (int x = 0; x < size.x; x += 2, to += 8) std::memcpy(to, row + x, 2 * sizeof(Word));
  }
}

void copyTexels(const TexelStoreSettings& settings, std::span<const std::byte> planes, std::byte* to) {
  if (settings.filtering == Filtering::sampler || !settings.blocks) {
    std::memcpy(to, planes.data(), planes.size());
    return;
  }
  switch (settings.format) {
    case PageFormat::r8: return copyBlocks<std::uint8_t>(settings.slotTexels, planes, to);
    case PageFormat::r16: return copyBlocks<std::uint16_t>(settings.slotTexels, planes, to);
    case PageFormat::r32f: return copyBlocks<float>(settings.slotTexels, planes, to);
  }
}

/// Calls `record(buffer, copies)` for each run of planes that lie in the same buffer; `makeCopy` makes the copy of each
/// plane.
template <typename MakeCopy, typename Record>
void recordByBuffer(std::span<const StagedPlanes> planes, MakeCopy makeCopy, Record record) {
  FrameVector<decltype(makeCopy(planes.front()))> copies;
  for (std::size_t i = 0; i < planes.size(); ++i) {
    copies.push_back(makeCopy(planes[i]));
    const VkBuffer buffer = planes[i].staging.buffer;
    if (i + 1 < planes.size() && planes[i + 1].staging.buffer == buffer) continue;
    record(buffer, copies);
    copies.clear();
  }
}

}  // namespace

Filtering chooseFiltering(const gpu::Device& device, PageFormat format) {
  // Besides, a software device's sampler computes weights from float coordinates in the whole image, so a brick's
  // picture would depend on its slot.
  const bool canFilter =
      (device.optimalFeatures(imageFormat(format, 1)) & VK_FORMAT_FEATURE_SAMPLED_IMAGE_FILTER_LINEAR_BIT) != 0;
  return canFilter && !device.isSoftware() ? Filtering::sampler : Filtering::shader;
}

TexelStore::TexelStore(gpu::Device& device, const TexelStoreSettings& settings) : settings_(settings) {
  assert(!settings.blocks || (settings.slotTexels % 2 == ivec3(0) && settings.channels == 1));
  uvec3 extent(1);
  if (settings.filtering == Filtering::sampler) {
    extent = uvec3(settings.slotGrid * settings.slotTexels);
  } else {
    const VkDeviceSize slots = VkDeviceSize(settings.slotGrid.x) * settings.slotGrid.y * settings.slotGrid.z;
    constexpr VkDeviceSize kWord = 4;  // shaders read words
    const VkDeviceSize bytes = slots * settings.slotTexels.z * planeBytes(settings);
    buffer_ = gpu::Buffer(device, (bytes + kWord - 1) / kWord * kWord,
                          VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                          gpu::BufferMemory::device, settings.name);
  }
  image_ = gpu::Image(device, {.type = VK_IMAGE_TYPE_3D,
                               .format = imageFormat(settings.format, settings.channels),
                               .extent = {extent.x, extent.y, extent.z},
                               .usage = kUsage,
                               .name = settings.name});
}

ivec3 TexelStore::chooseGrid(const gpu::Device& device, const TexelStoreSettings& settings, std::uint64_t budgetBytes) {
  const std::uint64_t slotBytes = settings.slotTexels.z * planeBytes(settings);
  if (settings.filtering == Filtering::shader) {
    // Shaders count a buffer's page voxels with 32 bits.
    const std::uint64_t countable =
        (std::uint64_t{1} << 32) / static_cast<std::uint64_t>(settings.channels) * pageVoxelBytes(settings.format);
    return {static_cast<int>(std::min({budgetBytes, device.maxBufferBytes(), countable}) / slotBytes), 1, 1};
  }
  const VkImageFormatProperties limits = findImageLimits(device, settings);
  const ivec3 most =
      ivec3(limits.maxExtent.width, limits.maxExtent.height, limits.maxExtent.depth) / settings.slotTexels;
  return chooseImageGrid(std::min<std::uint64_t>(budgetBytes, limits.maxResourceSize) / slotBytes, most);
}

StagedPlanes TexelStore::stage(gpu::StagingMemory& memory, const TexelPlanes& planes) const {
  assert(planes.texels.size() % planeBytes(settings_) == 0);
  const StagedPlanes staged{.slot = planes.slot,
                            .first = planes.first,
                            .count = static_cast<int>(planes.texels.size() / planeBytes(settings_)),
                            .staging = memory.stage(planes.texels.size())};
  copyTexels(settings_, planes.texels, staged.staging.mapped);
  return staged;
}

void TexelStore::copy(gpu::Frame& frame, std::span<const StagedPlanes> planes) {
  if (planes.empty()) return;
  if (settings_.filtering == Filtering::sampler)
    copyToImage(frame, planes);
  else
    copyToBuffer(frame, planes);
}

void TexelStore::copyToImage(gpu::Frame& frame, std::span<const StagedPlanes> planes) {
  const ivec3 grid = settings_.slotGrid;
  const auto makeCopy = [&](const StagedPlanes& one) {
    const int slot = static_cast<int>(one.slot);
    const ivec3 origin = ivec3(cellAt(i64vec3(grid), slot)) * settings_.slotTexels;
    const uvec3 extent(settings_.slotTexels);
    VkBufferImageCopy copy{};
    copy.bufferOffset = one.staging.offset;
    copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
    copy.imageOffset = {origin.x, origin.y, origin.z + one.first};
    copy.imageExtent = {extent.x, extent.y, static_cast<std::uint32_t>(one.count)};
    return copy;
  };
  gpu::recordImageBarrier(frame.commands(), image_.get(), gpu::kComputeRead,
                          imageReady_ ? kReadLayout : VK_IMAGE_LAYOUT_UNDEFINED, gpu::kTransferWrite, kWrittenLayout);
  recordByBuffer(planes, makeCopy, [&](VkBuffer buffer, std::span<const VkBufferImageCopy> copies) {
    vkCmdCopyBufferToImage(frame.commands(), buffer, image_.get(), kWrittenLayout,
                           static_cast<std::uint32_t>(copies.size()), copies.data());
  });
  gpu::recordImageBarrier(frame.commands(), image_.get(), gpu::kTransferWrite, kWrittenLayout, gpu::kComputeRead,
                          kReadLayout);
  imageReady_ = true;
}

void TexelStore::copyToBuffer(gpu::Frame& frame, std::span<const StagedPlanes> planes) {
  const auto makeCopy = [&](const StagedPlanes& one) {
    const VkDeviceSize plane = VkDeviceSize(one.slot) * settings_.slotTexels.z + static_cast<VkDeviceSize>(one.first);
    return VkBufferCopy{one.staging.offset, plane * planeBytes(settings_), one.count * planeBytes(settings_)};
  };
  prepare(frame);
  gpu::recordMemoryBarrier(frame.commands(), gpu::kComputeRead, gpu::kTransferWrite);
  recordByBuffer(planes, makeCopy, [&](VkBuffer buffer, std::span<const VkBufferCopy> copies) {
    vkCmdCopyBuffer(frame.commands(), buffer, buffer_.get(), static_cast<std::uint32_t>(copies.size()), copies.data());
  });
  gpu::recordMemoryBarrier(frame.commands(), gpu::kTransferWrite, gpu::kComputeRead);
}

void TexelStore::prepare(gpu::Frame& frame) {
  if (imageReady_) return;
  gpu::recordImageBarrier(frame.commands(), image_.get(), {}, VK_IMAGE_LAYOUT_UNDEFINED, gpu::kComputeRead,
                          kReadLayout);
  imageReady_ = true;
}

}  // namespace volary
