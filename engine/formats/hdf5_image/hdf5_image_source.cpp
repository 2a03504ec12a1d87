#include "formats/hdf5_image/hdf5_image_source.h"

#include "base/error.h"

#include <mutex>
#include <utility>

namespace volary {

void Hdf5Image::add(Hdf5Level level, const dvec3& factor) {
  pyramid.levels.push_back({.sizeVoxels = level.sizeVoxels,
                            .factor = factor,
                            .chunkVoxels = ivec3(level.chunkVoxels),
                            .codec = level.codec,
                            .bytesStored = std::nullopt});
  levels.push_back(std::move(level));
}

std::uint64_t Hdf5ImageSource::countBytesStored(ImageId id, int level) {
  return reader_.countBytesStored(image(id).levels.at(level));
}

RawChunk Hdf5ImageSource::readChunk(const ChunkKey& key) {
  return reader_.readChunk(image(key.image).levels.at(key.level), key.chunk);
}

ReadCost Hdf5ImageSource::readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) {
  const Hdf5Level* level = nullptr;
  try {
    if (!keys.empty()) level = &image(keys.front().image).levels.at(keys.front().level);
  } catch (const std::exception&) {
    // Each chunk reports the failure.
  }
  return level ? reader_.readChunks(*this, *level, keys, sink) : Source::readChunks(keys, sink);
}

void Hdf5ImageSource::decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                                  DecodeScratch& scratch) {
  reader_.decodeChunk(image(key.image).levels.at(key.level), key.chunk, raw, voxels, scratch);
}

const Hdf5Image& Hdf5ImageSource::image(ImageId id) {
  {
    const std::shared_lock lock(imagesMutex_);
    if (const auto found = images_.find(id); found != images_.end()) return found->second;
  }
  const Setup& setup = dataset_.setups.at(id.setup);
  const std::string what =
      fmt::format("{}: time point {}, setup {}", dataset_.location, dataset_.timepoints.at(id.timepoint), setup.id);
  if (!setup.present[id.timepoint]) fail("{}: the file says that this view is missing", what);
  Hdf5Image image = readImage(id);
  if (image.levels.empty()) fail("{}: there is no image data", what);
  // If two threads came here for the same image, the first one's stays.
  const std::unique_lock lock(imagesMutex_);
  return images_.try_emplace(id, std::move(image)).first->second;
}

}  // namespace volary
