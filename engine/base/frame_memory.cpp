#include "base/frame_memory.h"

#include <algorithm>
#include <cassert>
#include <functional>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define VOLARY_HAS_ASAN
#endif
#elif defined(__SANITIZE_ADDRESS__)
#define VOLARY_HAS_ASAN
#endif
#ifdef VOLARY_HAS_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(memory, bytes) static_cast<void>(0)
#define ASAN_UNPOISON_MEMORY_REGION(memory, bytes) static_cast<void>(0)
#endif

namespace volary {

namespace {

constexpr std::size_t kFirstBytes = std::size_t{256} << 10;
constexpr std::size_t kBlockAlignment = 64;
constexpr std::size_t kLeastAlignment = 8;  // the granularity of AddressSanitizer

std::size_t alignUp(std::size_t at, std::size_t alignment) { return (at + alignment - 1) / alignment * alignment; }

struct Block {
  std::byte* memory = nullptr;
  std::size_t bytes = 0;

  bool contains(const void* at) const {
    return std::less_equal<const void*>()(memory, at) && std::less<const void*>()(at, memory + bytes);
  }
};

Block makeBlock(std::size_t bytes) {
  const Block block{static_cast<std::byte*>(::operator new(bytes, std::align_val_t(kBlockAlignment))), bytes};
  ASAN_POISON_MEMORY_REGION(block.memory, block.bytes);
  return block;
}

void freeBlock(const Block& block) {
  ASAN_UNPOISON_MEMORY_REGION(block.memory, block.bytes);
  ::operator delete(block.memory, std::align_val_t(kBlockAlignment));
}

/// The memory of a thread. Invariant: memory is given out from the last block, whose first `used` bytes are in use.
struct FrameMemory {
  std::vector<Block> blocks;
  std::size_t used = 0;
  int scopes = 0;

  FrameMemory() = default;
  FrameMemory(const FrameMemory&) = delete;
  FrameMemory& operator=(const FrameMemory&) = delete;
  ~FrameMemory() {
    for (const Block& block : blocks) freeBlock(block);
  }

  void* take(std::size_t bytes, std::size_t alignment) {
    assert(alignment <= kBlockAlignment);
    std::size_t begin = alignUp(used, std::max(alignment, kLeastAlignment));
    if (blocks.empty() || begin + bytes > blocks.back().bytes) {
      const std::size_t least = blocks.empty() ? kFirstBytes : 2 * blocks.back().bytes;
      blocks.push_back(makeBlock(std::max(least, bytes)));
      begin = 0;
    }
    used = begin + bytes;
    std::byte* const memory = blocks.back().memory + begin;
    ASAN_UNPOISON_MEMORY_REGION(memory, bytes);
    return memory;
  }

  /// What was taken last can be taken again; everything else is free at the end.
  void giveBack(void* memory, std::size_t bytes) {
    ASAN_POISON_MEMORY_REGION(memory, bytes);
    auto* const begin = static_cast<std::byte*>(memory);
    if (begin + bytes == blocks.back().memory + used) used = static_cast<std::size_t>(begin - blocks.back().memory);
  }

  /// After a frame that took several blocks, one block of their size together is left.
  void reset() {
    std::size_t bytes = 0;
    for (const Block& block : blocks) bytes += block.bytes;
    if (blocks.size() > 1) {
      for (const Block& block : blocks) freeBlock(block);
      blocks.clear();
      blocks.push_back(makeBlock(bytes));
    } else if (!blocks.empty()) {
      ASAN_POISON_MEMORY_REGION(blocks.back().memory, bytes);
    }
    used = 0;
  }
};

thread_local FrameMemory frameMemory;

}  // namespace

FrameScope::FrameScope() { ++frameMemory.scopes; }

FrameScope::~FrameScope() {
  if (--frameMemory.scopes == 0) frameMemory.reset();
}

void* takeFrameMemory(std::size_t bytes, std::size_t alignment) {
  if (frameMemory.scopes > 0) return frameMemory.take(bytes, alignment);
  return ::operator new(bytes, std::align_val_t(alignment));
}

// Whoever took it from the heap may give it back while a scope lives.
void giveBackFrameMemory(void* memory, std::size_t bytes, std::size_t alignment) noexcept {
  const auto holds = [&](const Block& block) { return block.contains(memory); };
  if (std::ranges::any_of(frameMemory.blocks, holds)) return frameMemory.giveBack(memory, bytes);
  ::operator delete(memory, std::align_val_t(alignment));
}

}  // namespace volary
