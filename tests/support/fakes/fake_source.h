#pragma once

#include "pyramid/brick.h"
#include "pyramid/source.h"
#include "storage/location.h"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <map>
#include <mutex>
#include <set>
#include <tuple>
#include <vector>

namespace volary::test {

/// A source without a file, whose test decides when and whether each chunk arrives.
///
/// Voxel values are a hash of level and position, so that no two places look alike. What a chunk holds beyond
/// its level's end is garbage on purpose.
class FakeSource : public Source {
 public:
  FakeSource(VoxelType type, const i64vec3& sizeVoxels, const std::vector<dvec3>& factors, const ivec3& chunkVoxels);

  const Dataset& dataset() const override { return dataset_; }
  std::vector<Location> files() override { return {}; }
  const ImagePyramid& pyramid(ImageId image) override;
  std::uint64_t countBytesStored(ImageId image, int level) override;
  RawChunk readChunk(const ChunkKey& key) override;
  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch) override;

  /// The voxel as a number, as it is stored: below 128, so that it fits every type.
  static int value(int level, const i64vec3& voxel);
  /// Writes the voxel in the source's type to `to`.
  void writeVoxel(int level, const i64vec3& voxel, std::byte* to) const;

  /// A padded brick, computed voxel by voxel: the nearest voxel of the level, as a page voxel.
  std::vector<std::byte> expectedBrick(const BrickKey& key) const;

  /// From now on reads of this chunk, or of all, wait until they are released.
  void hold(const ChunkKey& key);
  void holdAll();
  void release(const ChunkKey& key);
  void releaseAll();
  /// Releases the reads that wait now; later reads of what is held still wait.
  void releaseWaiting();
  /// Waits until `count` reads are waiting to be released. Throws if that takes half a minute.
  void waitForHeld(std::size_t count);

  /// Makes reading, or decoding, this chunk throw `failure`; null = works again.
  void failRead(const ChunkKey& key, std::exception_ptr failure);
  void failDecode(const ChunkKey& key, std::exception_ptr failure);
  /// This chunk is not stored: its voxels are zero.
  void leaveOut(const ChunkKey& key);

  int reads(const ChunkKey& key) const;
  int totalReads() const;
  int totalDecodes() const;
  /// How many reads have begun and not come back.
  int readsUnderWay() const;

 private:
  /// Counts a read while it is under way.
  class Reading;
  using Name = std::tuple<int, int, int, std::int64_t, std::int64_t, std::int64_t>;
  static Name name(const ChunkKey& key);

  Dataset dataset_;
  ImagePyramid pyramid_;

  mutable std::mutex mutex_;  ///< guards all that follows
  std::condition_variable changed_;
  bool holdAll_ = false;
  std::set<Name> held_;
  std::set<Name> missing_;
  std::map<Name, std::exception_ptr> readFailures_;
  std::map<Name, std::exception_ptr> decodeFailures_;
  std::map<Name, int> reads_;
  std::size_t waiting_ = 0;
  std::uint64_t lastTicket_ = 0;    ///< of the reads that had to wait
  std::uint64_t lastReleased_ = 0;  ///< reads with tickets up to this one wait no more
  int underWay_ = 0;
  int totalReads_ = 0;
  int totalDecodes_ = 0;
};

/// All bricks of an image, coarse levels first.
std::vector<BrickKey> allBricks(const ImagePyramid& pyramid, ImageId image);

}  // namespace volary::test
