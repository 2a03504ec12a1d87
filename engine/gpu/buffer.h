#pragma once

#include "gpu/device.h"

#include <cstddef>

namespace volary::gpu {

/// Where a buffer's memory lies.
enum class BufferMemory {
  device,    ///< only the main queue sees it
  arrivals,  ///< only the GPU sees it: the transfer queue writes, the main queue reads
  upload,    ///< the CPU writes it in order, the GPU reads it; mapped for as long as it lives
  readBack,  ///< the GPU writes it, the CPU reads it; mapped for as long as it lives
};

/// A buffer with its memory. Move-only; retire() it if the GPU may still use it.
class Buffer {
 public:
  Buffer() = default;
  /// Throws Error if the memory is exhausted.
  Buffer(Device& device, VkDeviceSize bytes, VkBufferUsageFlags usage, BufferMemory memory, const char* name);
  ~Buffer();
  Buffer(Buffer&& other) noexcept;
  Buffer& operator=(Buffer&& other) noexcept;

  VkBuffer get() const { return buffer_; }
  VkDeviceSize bytes() const { return bytes_; }
  /// Where shaders find it; 0 unless it was made with VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT.
  VkDeviceAddress address() const { return address_; }
  /// The mapped memory; null where only the GPU sees it.
  std::byte* mapped() const { return mapped_; }
  /// Makes what the GPU wrote visible to the CPU / what the CPU wrote visible to the GPU, where memory is not coherent.
  void invalidate();
  void flush();

 private:
  VmaAllocator allocator_ = VK_NULL_HANDLE;
  VkBuffer buffer_ = VK_NULL_HANDLE;
  VmaAllocation allocation_ = VK_NULL_HANDLE;
  VkDeviceSize bytes_ = 0;
  VkDeviceAddress address_ = 0;
  std::byte* mapped_ = nullptr;
};

}  // namespace volary::gpu
