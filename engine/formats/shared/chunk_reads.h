#pragma once

#include "pyramid/source.h"
#include "storage/range_reads.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace volary {

/// Source::readChunks() for a format that knows where its chunks lie: neighbours in a file are read at once. Keeps its
/// memory: one per thread.
class ChunkReads {
 public:
  /// Forgets all chunks.
  void clear();

  /// Chunk `index` of the list that Source::readChunks() was given lies there.
  void add(std::shared_ptr<const ByteFile> file, const ByteRange& range, std::size_t index,
           std::uint32_t filterMask = 0);

  /// This chunk is left to Source::readChunk(): nothing is stored, or something is wrong with it.
  void leaveAlone(std::size_t index) { alone_.push_back(index); }

  /// Reads all that was added, then what was left alone. If a read of many chunks fails, each of them is left to
  /// readChunk(), so that a damaged place fails only one chunk, in the words of its format.
  ReadCost run(Source& source, std::span<const ChunkKey> keys, ChunkSink& sink);

 private:
  struct Place {
    std::shared_ptr<const ByteFile> file;
    ByteRange range;
    std::size_t index = 0;
    std::uint32_t filterMask = 0;
  };
  class Sink;

  std::vector<Place> places_;
  std::vector<std::size_t> alone_;
  RangeReads reads_;
};

}  // namespace volary
