#pragma once

#include "storage/store.h"

#include <cstddef>
#include <cstdint>
#include <exception>
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

/// A range that somebody wants; `index` is the caller's own number for it.
struct WantedRange {
  ByteRange range;
  std::size_t index = 0;
};

/// One read of a file, for the wanted ranges [first, first + count) of a sorted list.
struct MergedRead {
  ByteRange range;
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Sorts `wanted` by position, and lists the reads that serve them, in that order. Ranges may overlap.
void planMergedReads(std::vector<WantedRange>& wanted, std::vector<MergedRead>& reads);

/// Takes the ranges that RangeReads reads, one at a time.
class RangeSink {
 public:
  enum class Next : unsigned char { goOn, stop };

  virtual ~RangeSink() = default;

  /// The range is read next, perhaps with others: a read may hang.
  virtual void begin(const WantedRange&) {}
  /// Memory for one read, which may hold many ranges: at least `size` bytes, uninitialised. Until the next call.
  virtual std::span<std::byte> buffer(std::size_t size) = 0;
  /// The range is there; `bytes` are valid during this call.
  virtual Next take(const WantedRange& wanted, std::span<const std::byte> bytes) = 0;
  /// A read that served this range, and perhaps others, has failed.
  virtual Next fail(const WantedRange& wanted, std::exception_ptr failure) = 0;
};

/// What reads cost, whether the ranges needed it all or not.
struct RangeCost {
  std::uint64_t bytes = 0;
  std::uint64_t calls = 0;
};

/// Reads many ranges of a file, neighbours at once. Keeps its memory from call to call: one per thread.
class RangeReads {
 public:
  void clear() { wanted_.clear(); }
  void add(const WantedRange& wanted) { wanted_.push_back(wanted); }
  bool empty() const { return wanted_.empty(); }

  /// Gives each range that was added to `sink`, in the order of the file, until all are given or the sink says stop.
  RangeCost run(const ByteFile& file, RangeSink& sink);

 private:
  std::vector<WantedRange> wanted_;
  std::vector<MergedRead> reads_;
};

}  // namespace volary
