#pragma once

#include "pyramid/source.h"
#include "streaming/byte_budget.h"
#include "streaming/chunk_table.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// Someone who wants chunks, and is given each as soon as it is there.
class ChunkUser {
 public:
  virtual ~ChunkUser() = default;
  virtual void use(std::size_t index, const DecodedChunk& chunk) = 0;
  /// Called between two chunks: true if the rest is not wanted any more. Not called again after that.
  virtual bool givesUp() { return false; }
};

/// A thread's memory between batches, so that nothing is allocated in the steady state. Never shared by two threads.
struct MakerScratch {
  DecodeScratch decode;
  std::vector<std::byte> stored;
  std::vector<std::size_t> made;  ///< indices of claims that are decoded, and not yet in the table
};

/// What chunks are made from, and the budget for their bytes as stored.
struct ChunkSupply {
  Source& source;
  const GrowingPyramids* growing = nullptr;  ///< null if the source's pyramids don't grow
  ByteBudget stored;
};

/// Decodes the chunks that a thread has claimed, as the source reads them, and gives each to the user as soon as it is
/// there. Invariant: once it is destroyed, no claim is left.
class ChunkMaker final : public ChunkSink {
 public:
  ChunkMaker(ChunkSupply& supply, ChunkTable& table, ChunkTable::Claims& claims, MakerScratch& scratch,
             ChunkUser& user);
  ~ChunkMaker() override;
  ChunkMaker(const ChunkMaker&) = delete;
  ChunkMaker& operator=(const ChunkMaker&) = delete;

  void run();
  /// Whether the user gave up.
  bool gaveUp() const { return gaveUp_; }
  /// Bytes of some chunks are on their way: these are not made now, and are no longer claimed.
  bool isPending() const { return isPending_; }
  /// One sentence about the chunk that can't be had, or empty.
  const std::string& error() const { return ending_.error; }

  // What the source calls.
  void begin(std::size_t i) override;
  std::span<std::byte> buffer(std::size_t size) override;
  Next take(std::size_t i, const RawView& raw) override;
  Next fail(std::size_t i, std::exception_ptr failure) override;

 private:
  void noteFailure(std::size_t i);

  ChunkSupply& supply_;
  ChunkTable& table_;
  ChunkTable::Claims& claims_;
  MakerScratch& scratch_;
  ChunkUser& user_;
  std::uint64_t bufferBytes_ = 0;
  bool gaveUp_ = false;
  bool isPending_ = false;
  ChunkTable::Ending ending_;
};

}  // namespace volary
