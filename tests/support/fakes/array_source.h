#pragma once

#include "pyramid/source.h"
#include "storage/location.h"
#include "support/fakes/bricked_volume.h"

#include <atomic>
#include <map>
#include <mutex>
#include <vector>

namespace volary::test {

/// One setup of an ArraySource.
struct ArraySetup {
  ArrayVolume volume;
  dmat4 worldFromVoxel{1.0};
};

/// A source whose setups are volumes in memory, at one time point; setup ids are 0, 10, 20 ... It counts what is asked
/// of each setup.
class ArraySource : public Source {
 public:
  explicit ArraySource(std::vector<ArraySetup> setups);

  const Dataset& dataset() const override { return dataset_; }
  std::vector<Location> files() override { return {}; }
  const ImagePyramid& pyramid(ImageId image) override;
  std::uint64_t countBytesStored(ImageId, int) override { return 0; }
  RawChunk readChunk(const ChunkKey& key) override;
  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch) override;

  /// Makes the metadata of a setup unreadable, or readable again.
  void damage(int setup, bool damaged);
  /// How many chunks of a setup (by index) were read.
  int chunksRead(int setup) const;

 private:
  std::vector<ArraySetup> setups_;
  Dataset dataset_;
  mutable std::mutex mutex_;  ///< guards what follows
  std::map<int, int> chunksRead_;
  std::map<int, bool> damaged_;
};

}  // namespace volary::test
