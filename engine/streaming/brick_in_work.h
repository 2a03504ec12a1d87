#pragma once

#include "storage/pending_reads.h"
#include "streaming/chunk_cache.h"
#include "streaming/loaded_brick.h"
#include "streaming/request_queue.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace volary {

/// Called between two chunks: true if the brick is not to be made any more. Not called again after that.
using GivesUp = std::function<bool(BrickTicket&)>;

/// A brick in the making: chunks are copied into it as they come, or raise its peaks. One thread at a time.
class BrickInWork final : public ChunkUser {
 public:
  /// `memory` is used for the voxels; whatever it holds is overwritten. The pyramid has the brick's level and outlives
  /// this.
  BrickInWork(const ImagePyramid& pyramid, const BrickTicket& ticket, std::vector<std::byte> memory);

  BrickTicket& ticket() { return ticket_; }

  /// Copies those of the missing chunks that can be had, see ChunkCache::serve(). Throws Error if one can't be read.
  /// Reads of a distant store are begun, not waited for; `arrived` is called when one has come.
  Served advance(ChunkCache& chunks, std::chrono::milliseconds patience, ChunkScratch& scratch, const GivesUp& givesUp,
                 std::shared_ptr<const ArrivalSignal> arrived);

  /// After Served::notYet: true if bytes are on their way, false if another worker makes what is missing.
  bool awaitsBytes() const;
  /// Tells the reads how urgent the brick is by now.
  void rankReads();
  /// Wants none of the reads any more.
  void dropReads() { reads_.clear(); }

  /// After Served::all: the brick, whole.
  LoadedBrick finish();

 private:
  void use(std::size_t index, const DecodedChunk& chunk) override;
  bool givesUp() override { return (*givesUp_)(ticket_); }
  const LevelInfo& level() const { return pyramid_.levels[static_cast<std::size_t>(ticket_.key.level)]; }
  /// The level whose chunks are read.
  const LevelInfo& storedLevel() const {
    return pyramid_.levels[static_cast<std::size_t>(ticket_.key.level - ticket_.key.peaks)];
  }

  BrickTicket ticket_;
  const ImagePyramid& pyramid_;
  const GivesUp* givesUp_ = nullptr;  ///< while advance() runs
  std::vector<ChunkKey> missing_;
  std::vector<ChunkWait> waits_;                     ///< one for each of `missing_`
  std::vector<bool> isThere_;                        ///< one for each of `missing_`
  std::vector<std::shared_ptr<PendingRead>> reads_;  ///< of the brick's chunks, arrived or under way
  std::vector<std::byte> padded_;
  std::vector<std::byte> scratch_;  ///< scratch memory of peaks
};

}  // namespace volary
