#include "streaming/chunk_memory.h"

#include "base/bytes.h"
#include "base/os/memory.h"

#include <algorithm>
#include <cassert>
#include <memory>
#include <new>
#include <vector>

namespace volary {

namespace {

constexpr std::size_t kSlabBytes = os::kHugePageBytes;
// No slab takes more than this share of the budget, or a small budget would be spent on memory that is hardly used.
constexpr std::uint64_t kSlabsOfBudget = 256;

struct FreeMemory {
  std::align_val_t alignment{};
  void operator()(std::byte* memory) const { ::operator delete(memory, alignment); }
};
using Memory = std::unique_ptr<std::byte, FreeMemory>;

Memory allocate(std::size_t bytes) {
  const auto alignment = static_cast<std::align_val_t>(bytes < kSlabBytes ? 64 : kSlabBytes);
  Memory memory(static_cast<std::byte*>(::operator new(bytes, alignment)), FreeMemory{alignment});
  if (bytes >= kSlabBytes) os::preferHugePages(memory.get(), bytes / kSlabBytes * kSlabBytes);
  return memory;
}

}  // namespace

/// The bookkeeping of one chunk's memory; kept elsewhere, so that slabs hold only voxels.
struct DecodedChunk::Block {
  std::atomic<std::uint32_t> holders = 0;
  std::byte* voxels = nullptr;
  ChunkMemory* memory = nullptr;
  std::list<ChunkMemory::Slab>::iterator slab;
  Block* nextFree = nullptr;
};

/// Memory for some chunks of one size.
struct ChunkMemory::Slab {
  Slab(std::size_t chunkSize, std::size_t count)
      : size(chunkSize), bytes(std::max<std::size_t>(chunkSize * count, 1)), memory(allocate(bytes)), blocks(count) {}

  const std::size_t size;
  const std::size_t bytes;
  Memory memory;
  std::vector<DecodedChunk::Block> blocks;
  DecodedChunk::Block* firstFree = nullptr;
  std::size_t inUse = 0;
};

DecodedChunk::DecodedChunk(const DecodedChunk& other) noexcept : block_(other.block_) {
  if (block_) block_->holders.fetch_add(1, std::memory_order_relaxed);
}

DecodedChunk::~DecodedChunk() {
  // Whoever uses the memory next must see that all others are done with it.
  if (block_ && block_->holders.fetch_sub(1, std::memory_order_acq_rel) == 1) block_->memory->giveBack(block_);
}

const std::byte* DecodedChunk::voxels() const { return block_ ? block_->voxels : nullptr; }

ChunkMemory::ChunkMemory(std::uint64_t budgetBytes) : budgetBytes_(budgetBytes) {}
ChunkMemory::~ChunkMemory() = default;

std::span<std::byte> ChunkMemory::writable(DecodedChunk& chunk) {
  assert(chunk.block_ && chunk.block_->holders.load(std::memory_order_relaxed) == 1);
  return {chunk.block_->voxels, chunk.block_->slab->size};
}

/// Under the lock: how many chunks the next slab holds.
std::size_t ChunkMemory::chunksOfSlab(std::size_t size) const {
  const std::uint64_t bytes = std::min<std::uint64_t>(kSlabBytes, budgetBytes_ / kSlabsOfBudget);
  const std::size_t count = std::max<std::size_t>(1, bytes / std::max<std::size_t>(size, 1));
  return totalBytes_ + count * size <= budgetBytes_ ? count : 1;
}

bool ChunkMemory::hasRoom(std::size_t size) {
  const std::lock_guard lock(mutex_);
  const Slabs* const same = findSlabs(size);
  if (totalBytes_ <= budgetBytes_ && same && same->hasFree()) return true;
  if (totalBytes_ + size > budgetBytes_) freeUnused(budgetBytes_ - std::min<std::uint64_t>(budgetBytes_, size));
  return totalBytes_ + size <= budgetBytes_;
}

DecodedChunk ChunkMemory::take(std::size_t size) {
  const std::lock_guard lock(mutex_);
  Slabs* same = findSlabs(size);
  if (!same) {
    same = &slabs_.emplace_back();
    same->size = size;
  }
  if (!same->hasFree()) {
    const auto slab = same->unused.emplace(same->unused.end(), size, chunksOfSlab(size));
    for (std::size_t i = slab->blocks.size(); i-- > 0;) {
      DecodedChunk::Block& block = slab->blocks[i];
      block.voxels = slab->memory.get() + i * size;
      block.memory = this;
      block.slab = slab;
      block.nextFree = std::exchange(slab->firstFree, &block);
    }
    totalBytes_ += slab->bytes;
    peakBytes_ = std::max(peakBytes_, totalBytes_);
    ++allocations_;
  }
  if (same->partial.empty()) same->partial.splice(same->partial.end(), same->unused, same->unused.begin());
  const auto slab = same->partial.begin();
  DecodedChunk::Block* const block = std::exchange(slab->firstFree, slab->firstFree->nextFree);
  if (++slab->inUse == slab->blocks.size()) same->full.splice(same->full.end(), same->partial, slab);
  block->holders.store(1, std::memory_order_relaxed);
  return DecodedChunk(block);
}

void ChunkMemory::giveBack(DecodedChunk::Block* block) noexcept {
  const std::lock_guard lock(mutex_);
  const auto slab = block->slab;
  Slabs* const same = findSlabs(slab->size);
  block->nextFree = std::exchange(slab->firstFree, block);
  if (slab->inUse-- == slab->blocks.size()) same->partial.splice(same->partial.begin(), same->full, slab);
  if (slab->inUse > 0) return;
  same->unused.splice(same->unused.begin(), same->partial, slab);
  freeUnused(budgetBytes_);
}

ChunkMemory::Slabs* ChunkMemory::findSlabs(std::size_t size) {
  const auto found = std::ranges::find(slabs_, size, &Slabs::size);
  return found == slabs_.end() ? nullptr : &*found;
}

/// Under the lock.
void ChunkMemory::freeUnused(std::uint64_t maxTotalBytes) {
  for (auto same = slabs_.begin(); same != slabs_.end() && totalBytes_ > maxTotalBytes;) {
    for (; totalBytes_ > maxTotalBytes && !same->unused.empty(); same->unused.pop_front())
      totalBytes_ -= same->unused.front().bytes;
    same = same->isEmpty() ? slabs_.erase(same) : std::next(same);
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
  freeUnused(budgetBytes_);
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
