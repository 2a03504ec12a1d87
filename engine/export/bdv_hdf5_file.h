#pragma once

#include "base/geometry.h"
#include "pyramid/dataset.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace volary {

struct BdvHdf5Sink;

/// Where a chunk lies in a file.
struct StoredChunk {
  std::uint64_t offset = 0;
  std::uint64_t bytes = 0;
  std::uint64_t filterMask = 0;  ///< see EncodedBdvChunk

  bool operator==(const StoredChunk&) const = default;
};

/// The .h5 of a BigDataViewer dataset, in the layout of Fiji's exporter: superblock version 0, no time stamps, chunks
/// handed over as encodeBdvChunk makes them with the same deflate level. The file's bytes depend only on the calls.
///
/// So an unfinished file can be completed: all calls are made again, from the first one on, except that chunks which
/// are stored already are not written a second time. They keep their places in the file (repeatChunk).
///
/// Takes the HDF5 library's lock, so that other threads may be in the library too.
///
/// Invariant: until commit() the file is `path`.part, which the destructor leaves as it is. One thread, and one
/// process: the file is locked. Every function throws Error, naming the file, if it can't be written.
class BdvHdf5File {
 public:
  /// Begins the file; what an earlier process has left in `path`.part stays until it is overwritten.
  explicit BdvHdf5File(const std::filesystem::path& path, int deflateLevel);
  ~BdvHdf5File();
  BdvHdf5File(const BdvHdf5File&) = delete;
  BdvHdf5File& operator=(const BdvHdf5File&) = delete;

  /// Writes the tables sNN/resolutions and sNN/subdivisions and the attribute dataType.
  void writeSetup(int setup, VoxelType type, std::span<const LevelInfo> levels);

  /// Makes tTTTTT/sNN/L/cells of all levels; the image that was begun before is complete.
  void beginImage(int timepoint, int setup, VoxelType type, std::span<const LevelInfo> levels);
  /// Writes one chunk of a level of this image.
  StoredChunk writeChunk(std::size_t level, const i64vec3& chunk, std::span<const std::byte> encoded,
                         std::uint32_t filterMask = 0);
  /// Replaces writeChunk() for a chunk that an earlier process has written; `stored` is what writeChunk() returned
  /// there. Throws Error if the chunk is not in that place.
  void repeatChunk(std::size_t level, const i64vec3& chunk, const StoredChunk& stored);

  /// Makes tTTTTT/sNN/L/cells of `levelCount` levels links to the same path in `file`, a name relative to this one's
  /// folder.
  void linkImage(int timepoint, int setup, std::size_t levelCount, const std::string& file);

  /// Makes the file appear under its name.
  void commit();

 private:
  void check(bool good, const char* what) const;
  void openSinkFile();
  bool placeChunk(std::size_t level, const i64vec3& chunk, std::span<const std::byte> encoded,
                  std::uint32_t filterMask);
  void finishImage();
  void close() noexcept;

  std::filesystem::path path_;
  std::filesystem::path temporary_;
  int deflateLevel_;
  std::unique_ptr<BdvHdf5Sink> sink_;
  std::int64_t file_ = -1;
  std::vector<std::int64_t> cells_;  ///< per level of the image that is being written
  std::vector<ivec3> chunkVoxels_;
};

}  // namespace volary
