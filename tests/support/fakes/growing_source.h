#pragma once

#include "pyramid/growing_pyramids.h"
#include "support/fakes/fake_source.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <set>

namespace volary::test {

/// A source that makes its coarser levels while it is open: the test says which of their chunks are there. Level 0 is
/// there from the start, and so is the last level: it is the stand-in, and goes with finish().
class GrowingSource final : public FakeSource, public GrowingPyramids {
 public:
  GrowingSource(VoxelType type, const i64vec3& size, const std::vector<dvec3>& factors, const ivec3& chunk)
      : FakeSource(type, size, factors, chunk), unfinished_(FakeSource::pyramid({})), whole_(unfinished_) {
    unfinished_.growing = true;
    whole_.levels.pop_back();
  }

  const ImagePyramid& pyramid(ImageId) override { return finished_ ? whole_ : unfinished_; }
  GrowingPyramids* growing() override { return this; }
  std::uint64_t revision() const override { return revision_; }
  bool isMade(const ChunkKey& key) const override {
    if (finished_ || key.level == 0 || key.level + 1 == int(unfinished_.levels.size())) return true;
    const std::lock_guard lock(mutex_);
    return made_.contains(place(key));
  }
  void preferChunks(std::span<const ChunkKey> chunks) override { preferred.assign(chunks.begin(), chunks.end()); }
  void preferPlanes(std::span<const PlaneInView> parts) override { planes.assign(parts.begin(), parts.end()); }
  std::uint64_t standIn(const BrickKey& key) const override {
    const std::lock_guard lock(mutex_);
    const auto found = standIns_.find(key);
    return found == standIns_.end() ? 0 : found->second;
  }
  /// The stand-in for a chunk is a number that the test gives: the version.
  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch) override {
    FakeSource::decodeChunk(key, raw, voxels, scratch);
    if (!isMade(key)) std::ranges::fill(voxels, std::byte(std::uint8_t(standInVoxel_)));
  }
  std::optional<BrickStatistics> findStatistics(const BrickKey& key) const override {
    const auto found = statistics.find(key);
    return found == statistics.end() ? std::nullopt : std::optional(found->second);
  }
  int fileLevels(ImageId) override { return 1; }
  std::uint64_t workBytes() const override { return finished_ ? 0 : 12345; }

  void make(const ChunkKey& key) {
    {
      const std::lock_guard lock(mutex_);
      made_.insert(place(key));
    }
    ++revision_;
  }
  /// From now on this brick is available, with `version` as the value of each voxel that is not made.
  void offer(const BrickKey& key, std::uint64_t version) {
    {
      const std::lock_guard lock(mutex_);
      standIns_[key] = version;
    }
    standInVoxel_ = version;
    ++revision_;
  }
  /// Everything is made; the stand-in goes.
  void finish() {
    finished_ = true;
    ++revision_;
  }

  std::vector<ChunkKey> preferred;  ///< what was asked for last
  std::vector<PlaneInView> planes;
  std::map<BrickKey, BrickStatistics> statistics;  ///< to be set before anyone asks

 private:
  using Place = std::tuple<int, std::int64_t, std::int64_t, std::int64_t>;
  static Place place(const ChunkKey& key) { return {key.level, key.chunk.z, key.chunk.y, key.chunk.x}; }

  ImagePyramid unfinished_;
  ImagePyramid whole_;
  std::atomic<bool> finished_ = false;
  std::atomic<std::uint64_t> revision_ = 1;
  std::atomic<std::uint64_t> standInVoxel_ = 0;
  mutable std::mutex mutex_;  ///< guards all that follows
  std::set<Place> made_;
  std::map<BrickKey, std::uint64_t> standIns_;
};

}  // namespace volary::test
