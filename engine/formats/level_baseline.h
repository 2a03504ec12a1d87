#pragma once

#include "pyramid/source.h"

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <vector>

/// Other ways to read voxels, against which ours is measured; only a benchmark uses them.
namespace volary {

/// Memory that one thread of LevelBaseline::readBare keeps from chunk to chunk.
struct BareScratch {
  std::vector<std::byte> stored;
  DecodeScratch decode;
};

/// The stored chunks of one level, read in two other ways. Any thread.
class LevelBaseline {
 public:
  LevelBaseline() = default;
  virtual ~LevelBaseline() = default;
  LevelBaseline(const LevelBaseline&) = delete;
  LevelBaseline& operator=(const LevelBaseline&) = delete;

  /// The file that holds the chunks.
  virtual const std::filesystem::path& file() const = 0;

  /// One chunk through the format's own library, its filters and its lock: the cost for a program that only calls it.
  /// `voxels` holds the full chunk shape; beyond the level it is zero. Throws Error.
  virtual void readByLibrary(const i64vec3& chunk, std::span<std::byte> voxels) = 0;

  /// The least that any reader has to do for one chunk: one system call at a place known beforehand, and the decoders,
  /// in memory that is kept. No program that also has to find, hold and hand out chunks can be faster with as many
  /// threads and these decoders. False if the chunk is not stored. Throws Error.
  virtual bool readBare(const i64vec3& chunk, std::span<std::byte> voxels, BareScratch& scratch) = 0;
};

/// The other ways for a level of `source`, which must outlive the result: one H5Dread a chunk, or one read and the
/// decoders. Looks up the places of all chunks. Null if the levels of the source are no HDF5 datasets. Throws Error if
/// this one is not of chunks that we decode.
std::unique_ptr<LevelBaseline> openBaseline(Source& source, ImageId image, int level);

}  // namespace volary
