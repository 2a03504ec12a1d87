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

/// Whoever wants chunks: is given each as soon as it is there.
class ChunkUser {
 public:
  virtual ~ChunkUser() = default;
  virtual void use(std::size_t index, const DecodedChunk& chunk) = 0;
  /// Asked between two chunks, and not again once it has said yes: the rest is not wanted any more.
  virtual bool givesUp() { return false; }
};

/// What a thread keeps from batch to batch, so that nothing is allocated in the steady state. Never shared by two
/// threads.
struct MakerScratch {
  DecodeScratch decode;
  std::vector<std::byte> stored;
  std::vector<std::size_t> made;  ///< of the claims: decoded, and not yet in the table
};

/// What chunks are made from, and within which bytes as they stand in the file.
struct ChunkSupply {
  Source& source;
  const GrowingPyramids* growing = nullptr;  ///< null of sources that don't
  ByteBudget stored;
};

/// Decodes the chunks that a thread has claimed, as the source reads them, and gives each to the user as soon as it is
/// there. Invariant: when it is gone, so are all claims.
class ChunkMaker final : public ChunkSink {
 public:
  ChunkMaker(ChunkSupply& supply, ChunkTable& table, ChunkTable::Claims& claims, MakerScratch& scratch,
             ChunkUser& user);
  ~ChunkMaker() override;
  ChunkMaker(const ChunkMaker&) = delete;
  ChunkMaker& operator=(const ChunkMaker&) = delete;

  void run();
  /// The user did.
  bool gaveUp() const { return gaveUp_; }
  /// Bytes of some chunks are on their way: these are not made now, and nobody's any more.
  bool isPending() const { return isPending_; }
  /// One sentence of the chunk that can't be had, or nothing.
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
