#pragma once

#include "base/error.h"
#include "base/recently_used.h"
#include "formats/hdf5_image/hdf5_files.h"
#include "formats/hdf5_image/hdf5_filters.h"
#include "pyramid/dataset.h"
#include "pyramid/source.h"
#include "storage/location.h"

#include <cstddef>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// How to read the voxels of a level that is a 3-D dataset of an HDF5 file.
struct Hdf5Level {
  Location file;
  std::string object;
  i64vec3 sizeVoxels{0};
  i64vec3 datasetVoxels{0};  ///< extent of the dataset; larger if a format pads it to whole chunks
  i64vec3 chunkVoxels{0};
  std::size_t chunkBytes = 0;  ///< of a decoded chunk
  /// Present if chunks are read raw and decoded by us; otherwise the library reads boxes of chunkVoxels as readType.
  std::optional<FilterChain> filters;
  VoxelType readType = VoxelType::uint16;
  std::vector<std::byte> fillValue;  ///< see Hdf5DatasetInfo
  std::string codec;                 ///< see LevelInfo
};

/// Describes a dataset as a level whose voxels are wanted as `type`. Throws Error, which names file and object, if it
/// can't be shown.
Hdf5Level describeHdf5Level(const Hdf5Place& place, const Hdf5DatasetInfo& info, VoxelType type);

/// Reads chunks of levels and keeps the datasets used last open. Any thread. Levels are told apart by their address.
///
/// A file that is replaced while it is open is read as it was. If a chunk fails and somebody has written to the file,
/// the sentence says so, and the file is opened anew for the next chunk: a later request reads what is there by then.
class Hdf5LevelReader {
 public:
  explicit Hdf5LevelReader(Hdf5Files& files);

  /// The two stages of Source. Throw Error that names file, object and chunk. If they fail and the file has changed
  /// since it was opened, it is opened anew and the chunk is read once more.
  RawChunk readChunk(const Hdf5Level& level, const i64vec3& chunk);
  void decodeChunk(const Hdf5Level& level, const i64vec3& chunk, const RawView& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch);

  /// Source::readChunks() of `source`; `keys` are all of this level.
  ReadCost readChunks(Source& source, const Hdf5Level& level, std::span<const ChunkKey> keys, ChunkSink& sink);

  /// Bytes that the level takes in its file. Reads the index of chunks.
  std::uint64_t countBytesStored(const Hdf5Level& level) { return open(level)->storageBytes(); }

 private:
  RawChunk readOnce(const Hdf5Level& level, const i64vec3& chunk);
  static void decodeOnce(const Hdf5Level& level, const RawView& raw, std::span<std::byte> voxels,
                         DecodeScratch& scratch);
  std::shared_ptr<const Hdf5Dataset> open(const Hdf5Level& level);
  [[noreturn]] void failChunk(const Hdf5Level& level, const i64vec3& chunk, const char* verb, const Error& error);
  bool isChanged(const Hdf5Level& level);

  Hdf5Files& files_;
  RecentlyUsed<const Hdf5Level*, const Hdf5Dataset> open_;
  std::mutex mutex_;
  std::set<Location> changedFiles_;
};

}  // namespace volary
