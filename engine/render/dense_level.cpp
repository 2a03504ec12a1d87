#include "render/dense_level.h"

#include "gpu/barrier.h"
#include "pyramid/brick.h"
#include "render/page_image.h"

#include <cassert>
#include <cstring>

namespace volary {

DenseLevel::DenseLevel(gpu::Device& device, PageFormat format, const i64vec3& sizeVoxels)
    : format_(format), paddedSize_(sizeVoxels + std::int64_t{2 * kBrickBorder}) {
  const uvec3 extent(paddedSize_);
  image_ = gpu::Image(device, {.type = VK_IMAGE_TYPE_3D,
                               .format = pageImageFormat(format),
                               .extent = {extent.x, extent.y, extent.z},
                               .usage = kPageImageUsage,
                               .name = "dense level"});
}

void DenseLevel::write(gpu::Frame& frame, int firstPlane, std::span<const std::byte> planes) {
  const std::size_t planeBytes = std::size_t(paddedSize_.x) * static_cast<std::size_t>(paddedSize_.y) * pageVoxelBytes(format_);
  assert(planes.size() % planeBytes == 0);
  const gpu::Staging staging = frame.stage(planes.size());
  std::memcpy(staging.mapped, planes.data(), planes.size());
  VkBufferImageCopy copy{};
  copy.bufferOffset = staging.offset;
  copy.imageSubresource = {VK_IMAGE_ASPECT_COLOR_BIT, 0, 0, 1};
  copy.imageOffset = {0, 0, firstPlane};
  copy.imageExtent = {image_.extent().width, image_.extent().height, static_cast<std::uint32_t>(planes.size() / planeBytes)};

  constexpr VkImageLayout kWritten = VK_IMAGE_LAYOUT_TRANSFER_DST_OPTIMAL;
  gpu::recordImageBarrier(frame.commands(), image_.get(), gpu::kComputeRead,
                          imageReady_ ? kPageImageLayout : VK_IMAGE_LAYOUT_UNDEFINED, gpu::kTransferWrite, kWritten);
  vkCmdCopyBufferToImage(frame.commands(), staging.buffer, image_.get(), kWritten, 1, &copy);
  gpu::recordImageBarrier(frame.commands(), image_.get(), gpu::kTransferWrite, kWritten, gpu::kComputeRead, kPageImageLayout);
  imageReady_ = true;
}

}  // namespace volary
