#include "formats/shared/chunk_reads.h"

#include "storage/pending_reads.h"

#include <algorithm>
#include <utility>

namespace volary {

/// Ranges, numbered by their place in `chunks_`, as chunks.
class ChunkReads::Sink final : public RangeSink {
 public:
  Sink(ChunkReads& reads, ChunkSink& sink) : reads_(reads), sink_(sink) {}

  bool stopped() const { return stopped_; }

  void begin(const WantedRange& wanted) override { sink_.begin(chunkOf(wanted).index); }
  std::span<std::byte> buffer(std::size_t size) override { return sink_.buffer(size); }
  Next take(const WantedRange& wanted, std::span<const std::byte> bytes) override {
    const Chunk& chunk = chunkOf(wanted);
    const RawView raw{.bytes = bytes, .filterMask = chunk.filterMask, .stored = true};
    stopped_ = sink_.take(chunk.index, raw) == ChunkSink::Next::stop;
    return stopped_ ? Next::stop : Next::goOn;
  }
  Next fail(const WantedRange& wanted, std::exception_ptr failure) override {
    try {
      std::rethrow_exception(failure);
    } catch (const NotYet&) {
      stopped_ = sink_.fail(chunkOf(wanted).index, failure) == ChunkSink::Next::stop;
    } catch (...) {
      reads_.leaveAlone(chunkOf(wanted).index);
    }
    return stopped_ ? Next::stop : Next::goOn;
  }

 private:
  const Chunk& chunkOf(const WantedRange& wanted) const { return reads_.chunks_[wanted.index]; }

  ChunkReads& reads_;
  ChunkSink& sink_;
  bool stopped_ = false;
};

void ChunkReads::clear() {
  chunks_.clear();
  alone_.clear();
}

void ChunkReads::add(ChunkPlace place, std::size_t index, std::uint32_t filterMask) {
  chunks_.push_back({.place = std::move(place), .index = index, .filterMask = filterMask});
}

ReadCost ChunkReads::run(Source& source, std::span<const ChunkKey> keys, ChunkSink& sink) {
  // One file after the other; most sources have a single one.
  std::ranges::stable_sort(chunks_, {}, [](const Chunk& chunk) { return chunk.place.file.get(); });
  ReadCost cost;
  Sink ranges(*this, sink);
  for (std::size_t i = 0; i < chunks_.size();) {
    const std::shared_ptr<const ByteFile> file = chunks_[i].place.file;
    reads_.clear();
    for (; i < chunks_.size() && chunks_[i].place.file == file; ++i)
      reads_.add({.range = chunks_[i].place.range, .index = i});
    const RangeCost spent = reads_.run(*file, ranges);
    cost.bytes += spent.bytes;
    cost.calls += spent.calls;
    if (ranges.stopped()) break;
  }
  for (const std::size_t index : alone_)
    if (ranges.stopped() || readChunkInto(source, keys[index], index, sink, cost) == ChunkSink::Next::stop) break;
  // Don't keep files open after they were read.
  chunks_.clear();
  return cost;
}

}  // namespace volary
