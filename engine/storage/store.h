#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Where bytes come from. A Store is a place of files: the local file system, an archive, later a web server. A file
/// has a key in it, its parts separated by "/". Formats see stores, files and keys, and nothing of what is behind them.
namespace volary {

/// Bytes [position, position + bytes) of a file.
struct ByteRange {
  std::uint64_t position = 0;
  std::uint64_t bytes = 0;

  std::uint64_t end() const { return position + bytes; }
  bool operator==(const ByteRange&) const = default;
};

/// The store did not give the bytes. This says nothing about what the file holds: another try may succeed.
class ReadError : public Error {
 public:
  using Error::Error;
};

/// Tells one state of a file from another.
struct FileVersion {
  std::uint64_t sizeBytes = 0;
  std::int64_t modifiedNs = 0;  ///< since 1970; 0 = not known
  std::string tag;              ///< whatever else the store knows: an inode, a checksum, an ETag

  bool operator==(const FileVersion&) const = default;
};

/// An open file. Immutable: its size is what it was when it was opened, and nothing beyond that is read.
///
/// Any thread; calls may overlap. Errors lack the file's name: whoever knows what was read for adds it.
class ByteFile {
 public:
  ByteFile() = default;
  virtual ~ByteFile() = default;
  ByteFile(const ByteFile&) = delete;
  ByteFile& operator=(const ByteFile&) = delete;

  /// The state in which it was opened.
  virtual const FileVersion& version() const = 0;
  std::uint64_t sizeBytes() const { return version().sizeBytes; }

  /// False once somebody has written to the file, or put another one in its place. Asks the store.
  virtual bool isAsOpened() const = 0;

  /// Fills `out` with the bytes from `position` on. Throws Error if the file never had them, ReadError if it had them
  /// when it was opened, and NotYet (storage/pending_reads.h) where the caller does not wait.
  void readAt(std::uint64_t position, std::span<std::byte> out) const;

  /// Reads up to out.size() bytes, fewer where the file ends; returns how many.
  std::size_t readUpTo(std::uint64_t position, std::span<std::byte> out) const;

  /// Says that these bytes will be read soon, and does not wait for them. Never fails.
  virtual void expect(const ByteRange&) const noexcept {}

 private:
  /// The range is in the file, and not empty.
  virtual void read(std::uint64_t position, std::span<std::byte> out) const = 0;
};

enum class EntryKind : std::uint8_t { file, folder, other };

/// What a store lists.
struct StoreEntry {
  std::string name;  ///< the last part of its key
  EntryKind kind = EntryKind::file;
};

/// A place of files. Any thread. Errors lack the name of the file.
class Store {
 public:
  Store() = default;
  virtual ~Store() = default;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Opens the file; null if there is none. Throws Error if something is there that can't be opened or is no file.
  virtual std::shared_ptr<ByteFile> find(const std::string& key) = 0;

  /// All bytes of a file; nothing if there is none. Throws Error if it is larger than `maxBytes`, or can't be read.
  virtual std::optional<std::vector<std::byte>> findBytes(const std::string& key, std::uint64_t maxBytes);

  /// What is there, without opening it; nothing if nothing is, or the store can't tell.
  virtual std::optional<EntryKind> findKind(const std::string& key) = 0;

  /// False if a folder can't be told from nothing, as on a web server.
  virtual bool knowsFolders() const { return true; }

  /// The state of a file without opening it; for a folder, the time when something in it was last added or removed, and
  /// no size. Nothing if neither is there, or the store can't tell.
  virtual std::optional<FileVersion> findVersion(const std::string& key) = 0;

  /// What stands directly in a folder, in no order; nothing if it is not there or the store can't list.
  virtual std::optional<std::vector<StoreEntry>> list(const std::string& key) = 0;

  /// How people name the file: a path, an address.
  virtual std::string describe(const std::string& key) const = 0;

 protected:
  /// Throws the Error of findBytes() for a file that is too large.
  static void refuseLarger(std::uint64_t sizeBytes, std::uint64_t maxBytes);
};

}  // namespace volary
