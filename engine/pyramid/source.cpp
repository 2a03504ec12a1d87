#include "pyramid/source.h"

namespace volary {

std::span<std::byte> DecodeScratch::buffer(int slot, std::size_t size) {
  std::vector<std::byte>& memory = buffers_[slot];
  if (memory.size() < size) memory.resize(size);
  return std::span(memory).first(size);
}

}  // namespace volary
