#include "streaming/chunk_memory.h"

#include <algorithm>
#include <cassert>
#include <new>

namespace volary {

/// Stands ahead of the voxels.
struct alignas(64) DecodedChunk::Block {
  std::atomic<std::uint32_t> holders = 1;
  std::size_t size = 0;
  ChunkMemory* memory = nullptr;
  Block* nextKept = nullptr;

  std::byte* voxels() { return reinterpret_cast<std::byte*>(this + 1); }
};

DecodedChunk::DecodedChunk(const DecodedChunk& other) noexcept : block_(other.block_) {
  if (block_) block_->holders.fetch_add(1, std::memory_order_relaxed);
}

DecodedChunk::~DecodedChunk() {
  // Whoever uses the memory next must see that all others are done with it.
  if (block_ && block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) block_->memory->giveBack(block_);
}

const std::byte* DecodedChunk::voxels() const { return block_ ? block_->voxels() : nullptr; }

ChunkMemory::~ChunkMemory() { freeKept(0); }

std::span<std::byte> ChunkMemory::writable(DecodedChunk& chunk) {
  assert(chunk.block_ && chunk.block_->holders.load(std::memory_order_relaxed) == 1);
  return {chunk.block_->voxels(), chunk.block_->size};
}

bool ChunkMemory::hasRoom(std::size_t size) {
  const std::lock_guard lock(mutex_);
  const Blocks* const same = findBlocks(size);
  if (totalBytes_ <= budgetBytes_ && same && same->firstKept) return true;
  if (totalBytes_ + size > budgetBytes_) freeKept(budgetBytes_ - std::min<std::uint64_t>(budgetBytes_, size));
  return totalBytes_ + size <= budgetBytes_;
}

DecodedChunk ChunkMemory::take(std::size_t size) {
  const std::lock_guard lock(mutex_);
  Blocks* same = findBlocks(size);
  if (same && same->firstKept) {
    DecodedChunk::Block* const block = std::exchange(same->firstKept, same->firstKept->nextKept);
    block->holders.store(1, std::memory_order_relaxed);
    return DecodedChunk(block);
  }
  if (!same) same = &blocks_.emplace_back(Blocks{.size = size});
  void* const bytes = ::operator new(sizeof(DecodedChunk::Block) + size, std::align_val_t(alignof(DecodedChunk::Block)));
  auto* const block = new (bytes) DecodedChunk::Block{.size = size, .memory = this};
  ++same->count;
  totalBytes_ += size;
  peakBytes_ = std::max(peakBytes_, totalBytes_);
  ++allocations_;
  return DecodedChunk(block);
}

void ChunkMemory::giveBack(DecodedChunk::Block* block) noexcept {
  const std::lock_guard lock(mutex_);
  Blocks* const same = findBlocks(block->size);
  block->nextKept = std::exchange(same->firstKept, block);
  freeKept(budgetBytes_);
}

ChunkMemory::Blocks* ChunkMemory::findBlocks(std::size_t size) {
  const auto found = std::ranges::find(blocks_, size, &Blocks::size);
  return found == blocks_.end() ? nullptr : &*found;
}

/// Under the lock.
void ChunkMemory::freeKept(std::uint64_t maxTotalBytes) {
  for (std::size_t i = 0; i < blocks_.size() && totalBytes_ > maxTotalBytes;) {
    Blocks& same = blocks_[i];
    for (; totalBytes_ > maxTotalBytes && same.firstKept; --same.count) {
      DecodedChunk::Block* const block = std::exchange(same.firstKept, same.firstKept->nextKept);
      totalBytes_ -= block->size;
      block->~Block();
      ::operator delete(block, std::align_val_t(alignof(DecodedChunk::Block)));
    }
    if (same.count == 0)
      blocks_.erase(blocks_.begin() + static_cast<std::ptrdiff_t>(i));
    else
      ++i;
  }
}

void ChunkMemory::charge(std::int64_t bytes) {
  const std::lock_guard lock(mutex_);
  totalBytes_ += static_cast<std::uint64_t>(bytes);
  peakBytes_ = std::max(peakBytes_, totalBytes_);
}

void ChunkMemory::setBudget(std::uint64_t budgetBytes) {
  const std::lock_guard lock(mutex_);
  budgetBytes_ = budgetBytes;
  freeKept(budgetBytes_);
}

std::uint64_t ChunkMemory::totalBytes() const {
  const std::lock_guard lock(mutex_);
  return totalBytes_;
}

std::uint64_t ChunkMemory::peakBytes() const {
  const std::lock_guard lock(mutex_);
  return peakBytes_;
}

std::uint64_t ChunkMemory::allocations() const {
  const std::lock_guard lock(mutex_);
  return allocations_;
}

}  // namespace volary
