#include "formats/merged_reads.h"

#include <algorithm>

namespace volary {

void planMergedReads(std::vector<ChunkPlaceInFile>& places, std::vector<MergedRead>& reads) {
  std::ranges::sort(places, {}, &ChunkPlaceInFile::position);
  reads.clear();
  std::uint64_t gaps = 0;  // of the last read
  for (std::size_t i = 0; i < places.size(); ++i) {
    const ChunkPlaceInFile& place = places[i];
    if (!reads.empty()) {
      MergedRead& last = reads.back();
      const std::uint64_t end = last.position + last.bytes;
      const std::uint64_t gap = place.position > end ? place.position - end : 0;
      const std::uint64_t bytes = std::max(end, place.position + place.bytes) - last.position;
      const std::uint64_t needed = bytes - gaps - gap;
      if (gap <= kMaxReadGap && bytes <= kMaxMergedRead && (gaps + gap) * kNeededPerGap <= needed) {
        last.bytes = bytes;
        ++last.count;
        gaps += gap;
        continue;
      }
    }
    reads.push_back({.position = place.position, .bytes = place.bytes, .first = i, .count = 1});
    gaps = 0;
  }
}

void MergedReads::clear() {
  places_.clear();
  alone_.clear();
}

ReadCost MergedReads::run(Source& source, std::span<const ChunkKey> keys, const ReadableFile& file, ChunkSink& sink) {
  planMergedReads(places_, reads_);
  // The disk, or the network, works ahead while the first are decoded.
  if (file.expect)
    for (std::size_t i = 1; i < reads_.size(); ++i) file.expect(reads_[i].position, reads_[i].bytes);

  ReadCost cost;
  for (const MergedRead& read : reads_) {
    const std::span<const ChunkPlaceInFile> places = std::span(places_).subspan(read.first, read.count);
    for (const ChunkPlaceInFile& place : places) sink.begin(place.index);
    const std::span<std::byte> bytes = sink.buffer(read.bytes).first(read.bytes);
    try {
      file.read(read.position, bytes);
    } catch (...) {
      for (const ChunkPlaceInFile& place : places) leaveAlone(place.index);
      continue;
    }
    cost.bytes += read.bytes;
    ++cost.calls;
    for (const ChunkPlaceInFile& place : places) {
      const RawView raw{.bytes = bytes.subspan(place.position - read.position, place.bytes),
                        .filterMask = place.filterMask,
                        .stored = true};
      if (sink.take(place.index, raw) == ChunkSink::Next::stop) return cost;
    }
  }
  for (const std::size_t index : alone_)
    if (readChunkInto(source, keys[index], index, sink, cost) == ChunkSink::Next::stop) break;
  return cost;
}

}  // namespace volary
