#pragma once

#include "pyramid/source.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

namespace volary {

/// Neighbours are read at once up to this size: larger reads are hardly faster, and what has just been read should
/// still be in the core's own cache when it is decoded.
inline constexpr std::uint64_t kMaxMergedRead = 1 << 20;
/// Bytes between two neighbours that are read along and thrown away: fewer than a disk or a network needs to answer
/// once more.
inline constexpr std::uint64_t kMaxReadGap = 16 << 10;
/// ... and of all bytes of one read at most a fifth: no more than 1.25 times what is needed.
inline constexpr std::uint64_t kNeededPerGap = 4;

/// Where a chunk stands in a file; `index` is its place in the list that Source::readChunks() was given.
struct ChunkPlaceInFile {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
  std::size_t index = 0;
  std::uint32_t filterMask = 0;
};

/// One read of a file, for the chunks [first, first + count) of a sorted list.
struct MergedRead {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Sorts `places` by their position, and lists the reads that serve them, in that order. Places may overlap.
void planMergedReads(std::vector<ChunkPlaceInFile>& places, std::vector<MergedRead>& reads);

/// An open file, as MergedReads uses it.
struct ReadableFile {
  /// Fills `out` with the bytes from `position` on, or throws.
  std::function<void(std::uint64_t position, std::span<std::byte> out)> read;
  /// Says that these bytes will be read soon, and does not wait for them; may be empty.
  std::function<void(std::uint64_t position, std::uint64_t bytes)> expect;
};

/// Source::readChunks() for a format that knows where its chunks stand. Keeps its memory: one per thread.
class MergedReads {
 public:
  /// Forgets all places.
  void clear();

  void add(const ChunkPlaceInFile& place) { places_.push_back(place); }

  /// This chunk is left to Source::readChunk(): nothing is stored, or something is wrong with it.
  void leaveAlone(std::size_t index) { alone_.push_back(index); }

  /// Reads all that was added from `file`, then what was left alone. Where a read of many fails, each of them is left
  /// to readChunk(), so that a damaged place fails one chunk, in the words of its format.
  ReadCost run(Source& source, std::span<const ChunkKey> keys, const ReadableFile& file, ChunkSink& sink);

 private:
  std::vector<ChunkPlaceInFile> places_;
  std::vector<MergedRead> reads_;
  std::vector<std::size_t> alone_;
};

}  // namespace volary
