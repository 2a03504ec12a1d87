#pragma once

#include "pyramid/source.h"
#include "storage/range_reads.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace volary {

/// Added to the error of a chunk whose file has changed.
inline constexpr std::string_view kChangedFile = " (the file was changed after it was opened)";

/// A chunk as a part of a file.
struct ChunkPlace {
  std::shared_ptr<const ByteFile> file;
  ByteRange range;
};

/// Source::readChunks() for a format that knows where its chunks stand: neighbours in a file are read at once. Keeps
/// its memory: one per thread.
class ChunkReads {
 public:
  /// Forgets all chunks.
  void clear();

  /// Chunk `index` of the list that Source::readChunks() was given stands there.
  void add(ChunkPlace place, std::size_t index, std::uint32_t filterMask = 0);

  /// This chunk is left to Source::readChunk(): nothing is stored, or something is wrong with it.
  void leaveAlone(std::size_t index) { alone_.push_back(index); }

  /// Reads all that was added, then what was left alone. If a read of many chunks fails, each of them is left to
  /// readChunk(), so that a damaged place fails only one chunk, in the words of its format.
  ReadCost run(Source& source, std::span<const ChunkKey> keys, ChunkSink& sink);

 private:
  struct Chunk {
    ChunkPlace place;
    std::size_t index = 0;
    std::uint32_t filterMask = 0;
  };
  class Sink;

  std::vector<Chunk> chunks_;
  std::vector<std::size_t> alone_;
  RangeReads reads_;
};

}  // namespace volary
