#pragma once

#include "base/geometry.h"
#include "pyramid/source.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// A thin checked layer over the HDF5 C library. The library is one lock: every function takes it, so a call waits for
/// those of other threads. All may be called from any thread.
namespace volary {

/// An identifier of the library (a file, group, dataset ...), given back when this is destroyed.
class Hdf5Id {
 public:
  Hdf5Id() = default;
  explicit Hdf5Id(std::int64_t id) : id_(id) {}
  ~Hdf5Id();
  Hdf5Id(Hdf5Id&& other) noexcept : id_(other.id_) { other.id_ = -1; }
  Hdf5Id& operator=(Hdf5Id&& other) noexcept;

  std::int64_t get() const { return id_; }

 private:
  std::int64_t id_ = -1;
};

/// One filter of a dataset's pipeline, in the order of writing.
struct Hdf5Filter {
  int id = 0;
  std::string name;                   ///< as the library or the file calls it; may be empty
  std::vector<unsigned> clientData;
};

/// What is known of a 3-D dataset without reading it. Axis order x, y, z (the file's is z, y, x).
struct Hdf5DatasetInfo {
  i64vec3 sizeVoxels{0};
  std::optional<i64vec3> chunkVoxels;      ///< absent if the dataset is not chunked
  VoxelType storedType = VoxelType::uint16;
  bool bigEndian = false;
  /// The stored numbers are `storedType` bit by bit. If not (half precision), only readBox gives them.
  bool isPlain = true;
  std::vector<Hdf5Filter> filters;
  /// Chunks that reach beyond the extent are stored unfiltered.
  bool rawPartialChunks = false;
  /// The fill value as it would be stored (file byte order); empty if it is zero or undefined.
  std::vector<std::byte> fillValue;
};

/// A small table of numbers: a 2-D dataset, row by row.
struct Hdf5Table {
  std::size_t rows = 0;
  std::size_t columns = 0;
  std::vector<double> values;
  double at(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
};

/// Where a link leaves its file: an object in another one. `file` is as written, not resolved.
struct Hdf5ExternalLink {
  std::string file;
  std::string object;
};

class Hdf5File;

/// An opened 3-D dataset; keeps its file open.
class Hdf5Dataset {
 public:
  const Hdf5DatasetInfo& info() const { return info_; }

  /// The bytes of the chunk that begins at voxel `origin`, as stored. `maxBytes` bounds what a damaged file can make us
  /// allocate. Throws Error (without the file's name) if it can't be read or is larger.
  RawChunk readRawChunk(const i64vec3& origin, std::size_t maxBytes) const;

  /// Reads a box of voxels, converted to `type` by the library, into `voxels`: x fastest, native byte order. Where the
  /// box reaches beyond the dataset the voxels are zero. Throws Error (without the file's name).
  void readBox(const i64vec3& origin, const i64vec3& size, VoxelType type, std::span<std::byte> voxels) const;

  /// Bytes that the voxels take in the file. Walks the index of chunks.
  std::uint64_t storageBytes() const;

 private:
  friend class Hdf5File;
  std::shared_ptr<const Hdf5Id> file_;
  Hdf5Id dataset_;
  Hdf5DatasetInfo info_;
};

/// An HDF5 file, opened for reading, without file locks (others may be looking at it). Links into other files are
/// followed by nobody but the caller: see findExternalLink.
class Hdf5File {
 public:
  /// Throws Error, "FILE: cause", if `file` is missing, not a regular file, or not a sound HDF5 file.
  explicit Hdf5File(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return path_; }

  /// True if every link of `object`, "a/b/c", leads to something in this file.
  bool exists(const std::string& object) const;

  /// The first link on the way to `object` that leads to another file, with the rest of the way appended to its target.
  std::optional<Hdf5ExternalLink> findExternalLink(const std::string& object) const;

  /// The names in a group ("/" is the root), at most `maxNames`; empty if there is no such group.
  std::vector<std::string> children(const std::string& group, std::size_t maxNames) const;

  /// A string attribute; absent if it, or the object, is not there or is no short string.
  std::optional<std::string> findStringAttribute(const std::string& object, const std::string& name) const;

  /// Throws Error (with the file's name) if it is not a 2-D table of numbers with at most `maxValues` values.
  Hdf5Table readTable(const std::string& object, std::size_t maxValues) const;

  /// Throws Error (with the file's name) if it is not a 3-D dataset of numbers that Volary can show.
  Hdf5Dataset openDataset(const std::string& object) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<const Hdf5Id> file_;
};

/// True if the file begins with HDF5's signature, at offset 0, 512, 1024, 2048 ... (HDF5 file format, "Superblock").
bool hasHdf5Signature(const std::filesystem::path& file);

}  // namespace volary
