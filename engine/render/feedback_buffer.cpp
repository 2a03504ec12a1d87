#include "render/feedback_buffer.h"

#include "gpu/barrier.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

namespace volary {

namespace {

constexpr VkDeviceSize kWordBytes = sizeof(std::uint32_t);

/// With room for more, so that few buffers are made.
VkDeviceSize bytesFor(std::uint32_t count) { return kWordBytes * std::bit_ceil(std::max<std::uint32_t>(count, 1024)); }

}  // namespace

void FeedbackBuffer::begin(gpu::Frame& frame, std::uint32_t ghosts) {
  count_ = shared::kResolutionBins + ghosts;
  if (words_.bytes() < kWordBytes * count_) {
    device_.retire(std::move(words_));
    words_ = gpu::Buffer(device_, bytesFor(count_),
                         VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT | VK_BUFFER_USAGE_STORAGE_BUFFER_BIT |
                             VK_BUFFER_USAGE_TRANSFER_SRC_BIT | VK_BUFFER_USAGE_TRANSFER_DST_BIT,
                         gpu::BufferMemory::device, "feedback");
  }
  gpu::recordMemoryBarrier(frame.commands(), gpu::kTransferRead, gpu::kTransferWrite);
  vkCmdFillBuffer(frame.commands(), words_.get(), 0, kWordBytes * count_, 0);
  gpu::recordMemoryBarrier(frame.commands(), gpu::kTransferWrite, gpu::kComputeWrite);
}

void FeedbackBuffer::end(gpu::Frame& frame) {
  const VkDeviceSize bytes = kWordBytes * count_;
  const auto fits = std::ranges::find_if(free_, [&](const gpu::Buffer& buffer) { return buffer.bytes() >= bytes; });
  Copy copy{.count = count_, .value = device_.submitted() + 1};
  if (fits != free_.end()) {
    copy.words = std::move(*fits);
    free_.erase(fits);
  } else {
    free_.clear();  // all of these are too small by now, and have been read
    copy.words = gpu::Buffer(device_, bytesFor(count_), VK_BUFFER_USAGE_TRANSFER_DST_BIT, gpu::BufferMemory::readBack,
                             "copy of the feedback");
  }
  gpu::recordMemoryBarrier(frame.commands(), gpu::kComputeWrite, gpu::kTransferRead);
  const VkBufferCopy range{0, 0, bytes};
  vkCmdCopyBuffer(frame.commands(), words_.get(), copy.words.get(), 1, &range);
  gpu::recordMemoryBarrier(frame.commands(), gpu::kTransferWrite, gpu::kHostRead);
  copies_.push_back(std::move(copy));
}

std::optional<FrameFeedback> FeedbackBuffer::take() {
  if (copies_.empty() || copies_.front().value > device_.completed()) return std::nullopt;
  Copy copy = std::move(copies_.front());
  copies_.erase(copies_.begin());
  copy.words.invalidate();
  const auto wordAt = [&](std::uint32_t i) {
    std::uint32_t word = 0;
    std::memcpy(&word, copy.words.mapped() + i * kWordBytes, kWordBytes);
    return word;
  };
  FrameFeedback told;
  for (std::uint32_t i = 0; i < shared::kResolutionBins; ++i) told.pixels[i] = wordAt(i);
  for (std::uint32_t i = shared::kResolutionBins; i < copy.count; ++i)
    if (wordAt(i) != 0) told.ghosts.push_back(i - shared::kResolutionBins);
  free_.push_back(std::move(copy.words));
  return told;
}

}  // namespace volary
