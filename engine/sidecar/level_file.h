#pragma once

#include "build/block_runner.h"
#include "pyramid/source.h"
#include "storage/random_file.h"
#include "storage/store.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

/// The file that holds the chunks of a sidecar's levels:
///
///     "VOLARYLV", u32 version, u32 length of the description, the description
///     a record a chunk, in any order: LevelRecord, then the bytes as encoded; statistics of bricks have records, too
///     (sidecar/sidecar_statistics.h)
///     the records once more, each with its place: the index
///     LevelFooter
///
/// All numbers are little-endian. While the file is made it has another name and may end after any record, or within
/// one. Each record carries a CRC-32C of itself, so that whole records are recognised after a crash.
namespace volary {

struct LevelRecord {
  std::uint32_t magic = 0;
  std::int32_t level = 0;
  std::int64_t chunk[3] = {};
  std::uint32_t bytes = 0;
  std::uint32_t checksum = 0;  ///< of the other members, and of the chunk's bytes
};

/// The disk did not give the bytes of a file of levels. This says nothing about the file: another try may succeed.
class LevelReadError : public ReadError {
 public:
  using ReadError::ReadError;
};

/// Any thread. One process at a time writes, and may read meanwhile. A file is changed or removed for what was read
/// from it, and never because it could not be read: each function that reads then throws LevelReadError.
///
/// Invariant: a chunk for which holds() is true is whole in the file, whatever happens to this process.
class LevelFile {
 public:
  /// Opens a finished file. Null if there is none, or it is damaged, or of another description.
  static std::unique_ptr<LevelFile> open(const std::filesystem::path& path, const std::string& description);
  /// Opens a file in the making: goes on with what is at `path` for the same description, up to the first record that
  /// is not whole; otherwise begins anew. Throws Error if the file can't be written.
  static std::unique_ptr<LevelFile> resume(const std::filesystem::path& path, const std::string& description);
  LevelFile(const LevelFile&) = delete;
  LevelFile& operator=(const LevelFile&) = delete;

  std::size_t chunkCount() const;
  bool holds(int level, const i64vec3& chunk) const;
  /// The chunk as encoded. Throws Error if it is not there, or is not what was written; then the file is removed, so
  /// that it is made again the next time.
  RawChunk read(int level, const i64vec3& chunk) const;
  /// Bytes of a level's chunks.
  std::uint64_t bytesOf(int level) const;

  /// Throws Error if it can't; then the file holds what it held before.
  void append(std::span<const EncodedChunk> chunks);
  /// Writes the index and gives the file, once it is safe on the disk, its final name. Throws Error.
  void finish(const std::filesystem::path& path);

 private:
  struct Place {
    LevelRecord record;
    std::uint64_t offset = 0;  ///< of the chunk's bytes
  };

  LevelFile(std::filesystem::path path, RandomFile file) : file_(std::move(file)), path_(std::move(path)) {}
  /// False if the file ends before.
  bool readAt(std::uint64_t offset, std::span<std::byte> out) const;
  template <typename T>
  std::optional<T> readValue(std::uint64_t offset) const;
  bool beginsWith(const std::string& head) const;
  bool readIndex(const std::string& description);
  void readRecords(const std::string& description);
  void addPlace(const Place& place);
  std::optional<Place> findPlace(int level, const i64vec3& chunk) const;

  RandomFile file_;
  std::mutex writing_;        ///< one at a time; guards end_
  std::uint64_t end_ = 0;     ///< of the records, while the file is made
  mutable std::mutex mutex_;  ///< guards what follows; never held while the disk is waited for
  std::filesystem::path path_;
  std::unordered_map<ChunkKey, Place> places_;
};

}  // namespace volary
