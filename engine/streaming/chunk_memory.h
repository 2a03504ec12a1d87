#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <span>
#include <utility>

namespace volary {

class ChunkMemory;

/// The voxels of one decoded chunk: the full chunk shape, x fastest, native byte order. Null = not stored, all voxels
/// are zero. Shared by all who hold a copy, also when the cache has dropped it; the last one gives the memory back.
class DecodedChunk {
 public:
  DecodedChunk() = default;
  DecodedChunk(const DecodedChunk& other) noexcept;
  DecodedChunk(DecodedChunk&& other) noexcept : block_(std::exchange(other.block_, nullptr)) {}
  DecodedChunk& operator=(DecodedChunk other) noexcept {
    std::swap(block_, other.block_);
    return *this;
  }
  ~DecodedChunk();

  /// Null if the chunk is null.
  const std::byte* voxels() const;
  explicit operator bool() const { return block_ != nullptr; }

 private:
  friend class ChunkMemory;
  struct Block;
  explicit DecodedChunk(Block* block) : block_(block) {}

  Block* block_ = nullptr;
};

/// Memory of decoded chunks, used again and again.
///
/// It comes in slabs of many chunks, for which Linux is asked to use huge pages: touching a cache full of memory for
/// the first time, page by page, was a third of the time to make bricks of Fiji's chunks, and two threads that do so
/// hinder each other.
///
/// Any thread. Invariant: a slab without a chunk in use is kept only while all memory together stays in the budget.
/// Must outlive all chunks.
class ChunkMemory {
 public:
  explicit ChunkMemory(std::uint64_t budgetBytes);
  ~ChunkMemory();
  ChunkMemory(const ChunkMemory&) = delete;
  ChunkMemory& operator=(const ChunkMemory&) = delete;

  /// True if `size` more bytes can be had in the budget; gives up unused memory of other sizes for that.
  bool hasRoom(std::size_t size);

  /// A chunk of `size` bytes, whatever the budget; its voxels are undefined. Throws std::bad_alloc.
  DecodedChunk take(std::size_t size);

  /// To be written by whoever took the chunk, before anyone else holds it.
  static std::span<std::byte> writable(DecodedChunk& chunk);

  /// Counts other memory that has to share the budget; negative = less.
  void charge(std::int64_t bytes);

  void setBudget(std::uint64_t budgetBytes);

  std::uint64_t totalBytes() const;   ///< in use, charged, and kept for use
  std::uint64_t peakBytes() const;    ///< the most so far
  std::uint64_t allocations() const;  ///< how often there was no kept memory that fitted

 private:
  friend class DecodedChunk;
  struct Slab;
  /// All slabs for chunks of one size, by whether all, some or none of their chunks are in use.
  struct Slabs {
    std::size_t size = 0;
    std::list<Slab> full;
    std::list<Slab> partial;
    std::list<Slab> unused;
    bool hasFree() const { return !partial.empty() || !unused.empty(); }
    bool isEmpty() const { return full.empty() && !hasFree(); }
  };

  void giveBack(DecodedChunk::Block* block) noexcept;
  Slabs* findSlabs(std::size_t size);
  std::size_t chunksOfSlab(std::size_t size) const;
  void freeUnused(std::uint64_t maxTotalBytes);

  mutable std::mutex mutex_;  ///< guards all that follows
  std::uint64_t budgetBytes_;
  std::list<Slabs> slabs_;  ///< there are few sizes
  std::uint64_t totalBytes_ = 0;
  std::uint64_t peakBytes_ = 0;
  std::uint64_t allocations_ = 0;
};

}  // namespace volary
