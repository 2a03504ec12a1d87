#include "formats/shared/chunk_reads.h"

#include "storage/pending_reads.h"

#include <algorithm>
#include <utility>

namespace volary {

/// Ranges, numbered by their place in `places_`, as chunks.
class ChunkReads::Sink final : public RangeSink {
 public:
  Sink(ChunkReads& reads, ChunkSink& sink) : reads_(reads), sink_(sink) {}

  bool stopped() const { return stopped_; }

  void begin(const WantedRange& wanted) override { sink_.begin(placeOf(wanted).index); }
  std::span<std::byte> buffer(std::size_t size) override { return sink_.buffer(size); }
  Next take(const WantedRange& wanted, std::span<const std::byte> bytes) override {
    const Place& place = placeOf(wanted);
    const RawView raw{.bytes = bytes, .filterMask = place.filterMask, .stored = true};
    stopped_ = sink_.take(place.index, raw) == ChunkSink::Next::stop;
    return stopped_ ? Next::stop : Next::goOn;
  }
  Next fail(const WantedRange& wanted, std::exception_ptr failure) override {
    try {
      std::rethrow_exception(failure);
    } catch (const NotYet&) {
      stopped_ = sink_.fail(placeOf(wanted).index, failure) == ChunkSink::Next::stop;
    } catch (...) {
      reads_.leaveAlone(placeOf(wanted).index);
    }
    return stopped_ ? Next::stop : Next::goOn;
  }

 private:
  const Place& placeOf(const WantedRange& wanted) const { return reads_.places_[wanted.index]; }

  ChunkReads& reads_;
  ChunkSink& sink_;
  bool stopped_ = false;
};

void ChunkReads::clear() {
  places_.clear();
  alone_.clear();
}

void ChunkReads::add(std::shared_ptr<const ByteFile> file, const ByteRange& range, std::size_t index,
                     std::uint32_t filterMask) {
  places_.push_back({.file = std::move(file), .range = range, .index = index, .filterMask = filterMask});
}

ReadCost ChunkReads::run(Source& source, std::span<const ChunkKey> keys, ChunkSink& sink) {
  // One file after the other; most sources have a single one.
  std::ranges::stable_sort(places_, {}, [](const Place& place) { return place.file.get(); });
  ReadCost cost;
  Sink ranges(*this, sink);
  for (std::size_t i = 0; i < places_.size();) {
    const std::shared_ptr<const ByteFile> file = places_[i].file;
    reads_.clear();
    for (; i < places_.size() && places_[i].file == file; ++i) reads_.add({.range = places_[i].range, .index = i});
    const RangeCost spent = reads_.run(*file, ranges);
    cost.bytes += spent.bytes;
    cost.calls += spent.calls;
    if (ranges.stopped()) break;
  }
  for (const std::size_t index : alone_)
    if (ranges.stopped() || readChunkInto(source, keys[index], index, sink, cost) == ChunkSink::Next::stop) break;
  // Don't keep files open after they were read.
  places_.clear();
  return cost;
}

}  // namespace volary
