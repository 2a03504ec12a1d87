#pragma once

#include "pyramid/source.h"
#include "storage/location.h"

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>

namespace volary::test {

/// What befalls a chunk.
enum class Fault {
  none,
  ioError,    ///< reading: the system says EIO
  noMemory,   ///< reading: std::bad_alloc
  foreign,    ///< reading: something thrown that is not a std::exception
  shortRead,  ///< half of the bytes are missing, without a word
  bitFlips,   ///< one bit of each 64 bytes, and of the last byte, is wrong
  badDecode,  ///< decoding: damage is found
  slow,       ///< it takes a while, and is right
  stuck,      ///< reading does not come back before release()
};

/// The words by which the sentence about a failed chunk names its cause. For bit flips the decoder chooses the words.
const char* causeOf(Fault fault);

/// Which fault befalls a chunk: a pure function of the key, so that every run and every thread sees the same.
using FaultOf = std::function<Fault(const ChunkKey&)>;

/// Faults strewn over all chunks: each of `kinds` befalls about `perMille` of them.
FaultOf strewFaults(std::uint64_t seed, std::vector<Fault> kinds, int perMille);

/// A source that stands between another one and its reader, and in which things go wrong. Any thread; the inner source
/// must outlive it.
class FaultSource : public Source {
 public:
  FaultSource(Source& inner, FaultOf faultOf) : inner_(inner), faultOf_(std::move(faultOf)) {}

  const Dataset& dataset() const override { return inner_.dataset(); }
  std::vector<Location> files() override { return inner_.files(); }
  const ImagePyramid& pyramid(ImageId image) override { return inner_.pyramid(image); }
  std::uint64_t countBytesStored(ImageId image, int level) override { return inner_.countBytesStored(image, level); }
  RawChunk readChunk(const ChunkKey& key) override;
  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch) override;

  /// The fault of a chunk; none once healed.
  Fault faultOf(const ChunkKey& key) const;

  /// From now on all goes well; stuck reads come back.
  void heal();
  /// Stuck reads come back, and are right; from then on nothing gets stuck.
  void release();
  /// Waits until `count` reads are stuck, or slow ones are under way. Throws if that takes half a minute.
  void waitForReads(std::size_t count);

  std::uint64_t readsBegun() const;
  std::size_t readsUnderWay() const;

 private:
  /// Counts a read while it is under way.
  class Reading;

  Source& inner_;
  const FaultOf faultOf_;
  mutable std::mutex mutex_;  ///< guards all that follows
  std::condition_variable changed_;
  bool healed_ = false;
  bool released_ = false;
  std::size_t underWay_ = 0;
  std::uint64_t readsBegun_ = 0;
};

}  // namespace volary::test
