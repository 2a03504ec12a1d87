#pragma once

#include "formats/hdf5_image/hdf5_files.h"
#include "formats/hdf5_image/hdf5_level.h"
#include "pyramid/source.h"

#include <map>
#include <shared_mutex>
#include <vector>

namespace volary {

/// One image: what it shows, and how it is read. The two lists of levels run in parallel.
struct Hdf5Image {
  ImagePyramid pyramid;
  std::vector<Hdf5Level> levels;

  /// Appends a level; the first one's type is the image's.
  void add(Hdf5Level level, const dvec3& factor);
};

/// A source whose levels are HDF5 datasets. A format says which images there are (`dataset`) and where each image's
/// levels are (`readImage`); this class reads them.
class Hdf5ImageSource : public Source {
 public:
  /// `dataset.location` is what the user opened.
  Hdf5ImageSource(Dataset dataset, Location opened) : dataset_(std::move(dataset)), files_(std::move(opened)) {}

  const Dataset& dataset() const final { return dataset_; }
  /// The file that was opened; a format that reads others, too, adds them.
  std::vector<Location> files() override { return {opened()}; }
  const ImagePyramid& pyramid(ImageId id) final { return image(id).pyramid; }
  std::uint64_t countBytesStored(ImageId id, int level) final;
  RawChunk readChunk(const ChunkKey& key) final;
  ReadCost readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) final;
  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch) final;

  /// How a level is read; valid while this lives. Throws Error like pyramid().
  const Hdf5Level& level(ImageId id, int level) { return image(id).levels.at(level); }

 protected:
  const Location& opened() const { return files_.opened(); }
  Hdf5Files& openFiles() { return files_; }

 private:
  /// Reads the metadata of an image that is present. Throws Error if a level can't be shown.
  virtual Hdf5Image readImage(ImageId id) = 0;
  const Hdf5Image& image(ImageId id);

  Dataset dataset_;
  Hdf5Files files_;
  std::shared_mutex imagesMutex_;
  std::map<ImageId, Hdf5Image> images_;  ///< a map: references to its values stay valid
  Hdf5LevelReader reader_{files_};
};

}  // namespace volary
