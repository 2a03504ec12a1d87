#include "support/fakes/array_source.h"

#include "base/error.h"

#include <cstring>
#include <utility>

namespace volary::test {

ArraySource::ArraySource(std::vector<ArraySetup> setups) : setups_(std::move(setups)) {
  dataset_.format = "arrays";
  dataset_.location = "arrays";
  dataset_.timepoints = {0};
  for (std::size_t i = 0; i < setups_.size(); ++i)
    dataset_.setups.push_back(
        {.id = static_cast<int>(10 * i), .worldFromVoxel = {setups_[i].worldFromVoxel}, .present = {true}});
}

const ImagePyramid& ArraySource::pyramid(ImageId image) {
  const std::lock_guard lock(mutex_);
  if (damaged_[image.setup]) fail("arrays: the metadata of setup index {} is damaged", image.setup);
  return setups_[static_cast<std::size_t>(image.setup)].volume.pyramid;
}

RawChunk ArraySource::readChunk(const ChunkKey& key) {
  const std::lock_guard lock(mutex_);
  ++chunksRead_[key.image.setup];
  return {.bytes = {}, .filterMask = 0, .stored = true};
}

void ArraySource::decodeChunk(const ChunkKey& key, const RawView&, std::span<std::byte> voxels, DecodeScratch&) {
  const ArrayVolume& volume = setups_[static_cast<std::size_t>(key.image.setup)].volume;
  const i64vec3 size(volume.pyramid.levels[static_cast<std::size_t>(key.level)].chunkVoxels);
  visitVoxelType(volume.pyramid.voxelType, [&](auto zero) {
    using T = decltype(zero);
    std::size_t at = 0;
    for (std::int64_t z = 0; z < size.z; ++z)
      for (std::int64_t y = 0; y < size.y; ++y)
        for (std::int64_t x = 0; x < size.x; ++x, at += sizeof(T)) {
          const auto value = static_cast<T>(volume.voxel(key.level, key.chunk * size + i64vec3(x, y, z)));
          std::memcpy(voxels.data() + at, &value, sizeof(T));
        }
  });
}

void ArraySource::damage(int setup, bool damaged) {
  const std::lock_guard lock(mutex_);
  damaged_[setup] = damaged;
}

int ArraySource::chunksRead(int setup) const {
  const std::lock_guard lock(mutex_);
  const auto found = chunksRead_.find(setup);
  return found != chunksRead_.end() ? found->second : 0;
}

}  // namespace volary::test
