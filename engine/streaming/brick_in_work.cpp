#include "streaming/brick_in_work.h"

#include "streaming/brick_assembly.h"
#include "streaming/brick_cells.h"
#include "streaming/brick_excess.h"
#include "streaming/brick_statistics.h"
#include "streaming/peak_assembly.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace volary {

BrickInWork::BrickInWork(const ImagePyramid& pyramid, const BrickTicket& ticket, std::vector<std::byte> memory)
    : ticket_(ticket), pyramid_(pyramid), padded_(std::move(memory)) {
  padded_.resize(paddedBrickBytes(pyramid_.voxelType));
  const BrickKey& key = ticket_.key;
  if (key.peaks > 0) fillLeast(pyramid_.voxelType, padded_);
  const ChunkRange range =
      key.peaks > 0 ? chunksOfPeaks(level(), storedLevel(), key.brick) : chunksOfBrick(level(), key.brick);
  i64vec3 c;
  for (c.z = range.begin.z; c.z < range.end.z; ++c.z)
    for (c.y = range.begin.y; c.y < range.end.y; ++c.y)
      for (c.x = range.begin.x; c.x < range.end.x; ++c.x)
        missing_.push_back({.image = key.image, .level = key.level - key.peaks, .chunk = c});
  waits_.resize(missing_.size());
}

Served BrickInWork::advance(ChunkCache& chunks, std::chrono::milliseconds patience, ChunkScratch& scratch,
                            const GivesUp& givesUp, std::shared_ptr<const ArrivalSignal> arrived) {
  givesUp_ = &givesUp;
  isThere_.assign(missing_.size(), false);
  PendingReads pending(ticket_.rank, std::move(arrived));
  const Served served = chunks.serve(missing_, pyramid_, patience, scratch, *this, waits_);
  if (served != Served::notYet) return served;
  // Bytes that have come are held until the brick is made: another brick's worker may be about to read them, and need
  // not ask anew.
  std::ranges::move(pending.take(), std::back_inserter(reads_));
  std::size_t left = 0;
  for (std::size_t i = 0; i < missing_.size(); ++i) {
    if (isThere_[i]) continue;
    missing_[left] = missing_[i];
    waits_[left++] = std::exchange(waits_[i], nullptr);
  }
  missing_.resize(left);
  waits_.resize(left);
  return served;
}

bool BrickInWork::awaitsBytes() const {
  return !std::ranges::all_of(reads_, [](const auto& read) { return read->hasArrived(); });
}

void BrickInWork::rankReads() {
  for (const auto& read : reads_) read->setRank(ticket_.rank);
}

void BrickInWork::use(std::size_t index, const DecodedChunk& chunk) {
  const BrickKey& key = ticket_.key;
  const i64vec3& at = missing_[index].chunk;
  if (key.peaks > 0)
    poolChunk(level(), storedLevel(), pyramid_.voxelType, at, chunk.voxels(), key.brick, padded_, scratch_);
  else
    copyChunk(level(), pyramid_.voxelType, at, chunk.voxels(), key.brick, padded_);
  isThere_[index] = true;
}

LoadedBrick BrickInWork::finish() {
  const BrickKey& key = ticket_.key;
  repeatEdges(level(), pyramid_.voxelType, key.brick, padded_);
  LoadedBrick brick{.key = key, .format = pageFormat(pyramid_.voxelType), .voxels = std::move(padded_)};
  if (key.peaks == 0) brick.statistics = measureBrick(level(), pyramid_.voxelType, key.brick, brick.voxels);
  if (key.peaks == 0 && key.level > 0) brick.excess = measureExcess(brick.format, brick.voxels);
  brick.cells = makeCellRanges(brick.format, brick.voxels);
  return brick;
}

}  // namespace volary
