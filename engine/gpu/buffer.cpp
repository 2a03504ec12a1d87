#include "gpu/buffer.h"

#include "base/bytes.h"
#include "gpu/check.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <utility>

namespace volary::gpu {

namespace {

VmaAllocationCreateFlags mappingFlags(BufferMemory memory) {
  switch (memory) {
    case BufferMemory::device:
    case BufferMemory::arrivals: return 0;
    case BufferMemory::upload:
      return VMA_ALLOCATION_CREATE_MAPPED_BIT | VMA_ALLOCATION_CREATE_HOST_ACCESS_SEQUENTIAL_WRITE_BIT;
    case BufferMemory::readBack: break;
  }
  return VMA_ALLOCATION_CREATE_MAPPED_BIT | VMA_ALLOCATION_CREATE_HOST_ACCESS_RANDOM_BIT;
}

}  // namespace

Buffer::Buffer(Device& device, VkDeviceSize bytes, VkBufferUsageFlags usage, BufferMemory memory, const char* name)
    : allocator_(device.allocator()), bytes_(bytes) {
  VkBufferCreateInfo info{VK_STRUCTURE_TYPE_BUFFER_CREATE_INFO};
  info.size = bytes;
  info.usage = usage;
  const std::array<std::uint32_t, 2> families{device.queueFamily(), device.transferFamily().value_or(0)};
  if (memory == BufferMemory::arrivals) {
    info.sharingMode = VK_SHARING_MODE_CONCURRENT;
    info.queueFamilyIndexCount = static_cast<std::uint32_t>(families.size());
    info.pQueueFamilyIndices = families.data();
  }
  VmaAllocationCreateInfo allocate{};
  allocate.usage = VMA_MEMORY_USAGE_AUTO;
  allocate.flags = mappingFlags(memory);
  VmaAllocationInfo allocated{};
  check(vmaCreateBuffer(allocator_, &info, &allocate, &buffer_, &allocation_, &allocated),
        fmt::format("allocate {} of GPU memory for the {}", formatBytes(bytes), name));
  mapped_ = static_cast<std::byte*>(allocated.pMappedData);
  if (usage & VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT) {
    VkBufferDeviceAddressInfo addressInfo{VK_STRUCTURE_TYPE_BUFFER_DEVICE_ADDRESS_INFO};
    addressInfo.buffer = buffer_;
    address_ = vkGetBufferDeviceAddress(device.handle(), &addressInfo);
  }
  device.setName(buffer_, VK_OBJECT_TYPE_BUFFER, name);
}

Buffer::~Buffer() {
  if (buffer_ != VK_NULL_HANDLE) vmaDestroyBuffer(allocator_, buffer_, allocation_);
}

Buffer::Buffer(Buffer&& other) noexcept { *this = std::move(other); }

Buffer& Buffer::operator=(Buffer&& other) noexcept {
  std::swap(allocator_, other.allocator_);
  std::swap(buffer_, other.buffer_);
  std::swap(allocation_, other.allocation_);
  std::swap(bytes_, other.bytes_);
  std::swap(address_, other.address_);
  std::swap(mapped_, other.mapped_);
  return *this;
}

void Buffer::invalidate() {
  check(vmaInvalidateAllocation(allocator_, allocation_, 0, VK_WHOLE_SIZE), "read GPU memory");
}

void Buffer::flush() { check(vmaFlushAllocation(allocator_, allocation_, 0, VK_WHOLE_SIZE), "write GPU memory"); }

}  // namespace volary::gpu
