#pragma once

#include "export/block_runner.h"
#include "pyramid/source.h"

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

/// The file that holds the chunks of a sidecar's levels:
///
///     "VOLARYLV", u32 version, u32 length of the description, the description
///     a record a chunk, in any order: LevelRecord, then the bytes as encoded
///     the records once more, each with its place: the index
///     LevelFooter
///
/// All numbers are little-endian. While it is made it has another name and ends with any record, perhaps a torn one: each
/// carries a CRC-32C of itself, so that what is whole can be told after a crash.
namespace volary {

struct LevelRecord {
  std::uint32_t magic = 0;
  std::int32_t level = 0;
  std::int64_t chunk[3] = {};
  std::uint32_t bytes = 0;
  std::uint32_t checksum = 0;   ///< of the other members, and of the chunk's bytes
};

/// Chunks by their names, and where they lie.
class LevelIndex {
 public:
  struct Place {
    LevelRecord record;
    std::uint64_t offset = 0;   ///< of the chunk's bytes
  };
  void add(const Place& place);
  const Place* find(int level, const i64vec3& chunk) const;
  std::size_t size() const { return places_.size(); }
  const std::unordered_map<ChunkKey, Place>& places() const { return places_; }

 private:
  std::unordered_map<ChunkKey, Place> places_;
};

/// A file that is in the making. One process at a time, any of its threads.
///
/// Invariant: what holds() says is whole in the file, whatever happens to this process.
class LevelFileWriter {
 public:
  /// Goes on with what stands at `path` for the same description, up to the first record that is not whole; else begins
  /// anew. Throws Error if that can't be written.
  LevelFileWriter(std::filesystem::path path, const std::string& description);
  ~LevelFileWriter();
  LevelFileWriter(const LevelFileWriter&) = delete;
  LevelFileWriter& operator=(const LevelFileWriter&) = delete;

  bool holds(int level, const i64vec3& chunk) const;
  /// Throws Error; then the file holds what it held.
  void append(std::span<const EncodedChunk> chunks);
  /// Writes the index and gives the file, once it is safe on the disk, its final name. Throws Error.
  void finish(const std::filesystem::path& path);

 private:
  void resume(const std::string& description);

  std::filesystem::path path_;
  int file_ = -1;
  mutable std::mutex mutex_;   ///< guards all that follows
  std::uint64_t end_ = 0;
  LevelIndex index_;
};

/// A file that is whole. Any thread.
class LevelFile {
 public:
  /// Null if there is none, or it is damaged, or of another description.
  static std::unique_ptr<LevelFile> open(const std::filesystem::path& path, const std::string& description);
  ~LevelFile();
  LevelFile(const LevelFile&) = delete;
  LevelFile& operator=(const LevelFile&) = delete;

  std::size_t chunkCount() const { return index_.size(); }
  /// The chunk as encoded. Throws Error if it can't be read, or is not what was written; then the file goes, so that it is
  /// made again the next time.
  RawChunk read(int level, const i64vec3& chunk) const;
  /// Bytes of a level's chunks.
  std::uint64_t bytesOf(int level) const;

 private:
  LevelFile(std::filesystem::path path, int file) : path_(std::move(path)), file_(file) {}
  bool readIndex(const std::string& description);

  std::filesystem::path path_;
  int file_;
  LevelIndex index_;
};

}  // namespace volary
