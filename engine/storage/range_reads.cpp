#include "storage/range_reads.h"

#include <algorithm>

namespace volary {

void planMergedReads(std::vector<WantedRange>& wanted, std::vector<MergedRead>& reads) {
  std::ranges::sort(wanted, {}, [](const WantedRange& w) { return w.range.position; });
  reads.clear();
  std::uint64_t gaps = 0;  // of the last read
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const ByteRange& range = wanted[i].range;
    if (!reads.empty()) {
      MergedRead& last = reads.back();
      const std::uint64_t end = last.range.end();
      const std::uint64_t gap = range.position > end ? range.position - end : 0;
      const std::uint64_t bytes = std::max(end, range.end()) - last.range.position;
      const std::uint64_t needed = bytes - gaps - gap;
      if (gap <= kMaxReadGap && bytes <= kMaxMergedRead && (gaps + gap) * kNeededPerGap <= needed) {
        last.range.bytes = bytes;
        ++last.count;
        gaps += gap;
        continue;
      }
    }
    reads.push_back({.range = range, .first = i, .count = 1});
    gaps = 0;
  }
}

RangeCost RangeReads::run(const ByteFile& file, RangeSink& sink) {
  planMergedReads(wanted_, reads_);
  // The disk, or the network, works ahead while the first are decoded.
  for (std::size_t i = 1; i < reads_.size(); ++i) file.expect(reads_[i].range);

  RangeCost cost;
  for (const MergedRead& read : reads_) {
    const std::span<const WantedRange> wanted = std::span(wanted_).subspan(read.first, read.count);
    for (const WantedRange& one : wanted) sink.begin(one);
    const std::span<std::byte> bytes = sink.buffer(read.range.bytes).first(read.range.bytes);
    std::exception_ptr failure;
    try {
      file.readAt(read.range.position, bytes);
      cost.bytes += read.range.bytes;
      ++cost.calls;
    } catch (...) {
      failure = std::current_exception();
    }
    for (const WantedRange& one : wanted) {
      const RangeSink::Next next =
          failure ? sink.fail(one, failure)
                  : sink.take(one, bytes.subspan(one.range.position - read.range.position, one.range.bytes));
      if (next == RangeSink::Next::stop) return cost;
    }
  }
  return cost;
}

}  // namespace volary
