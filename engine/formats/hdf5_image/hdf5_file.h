#pragma once

#include "base/geometry.h"
#include "formats/hdf5/dataset.h"
#include "formats/hdf5/object.h"
#include "formats/hdf5_image/hdf5_types.h"
#include "formats/merged_reads.h"
#include "pyramid/source.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// HDF5 as BigDataViewer's reader sees it. Our own reader does the work, without a lock and without trusting the file;
/// the HDF5 library only what that one calls Unsupported. Any thread.
namespace volary {

class Hdf5Fallback;

/// An opened 3-D dataset; keeps its file open. Errors lack the names of file and dataset.
class Hdf5Dataset {
 public:
  const Hdf5DatasetInfo& info() const { return info_; }

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const;

  /// The bytes of the chunk that begins at voxel `origin`, as stored. `maxBytes` bounds what a damaged file can make us
  /// allocate. Throws Error if it can't be read or is larger. The first call reads the index of chunks.
  RawChunk readRawChunk(const i64vec3& origin, std::size_t maxBytes) const;

  /// Our own reader understands the dataset, as far as one can tell without its chunks.
  bool isReadByUs() const { return own_.has_value(); }

  /// Where that chunk stands, for reading many at once. Nothing if it is not stored, or something is wrong:
  /// readRawChunk says what.
  std::optional<ChunkPlaceInFile> findRawChunk(const i64vec3& origin, std::size_t maxBytes) const;

  /// The file in which findRawChunk() finds chunks, if isReadByUs(); not to outlive this dataset.
  ReadableFile readableFile() const;

  /// Reads a box of voxels, converted to `type`, into `voxels`: x fastest, native byte order. Where the box reaches
  /// beyond the dataset the voxels are zero. Chunks and conversions are left to the library.
  void readBox(const i64vec3& origin, const i64vec3& size, VoxelType type, std::span<std::byte> voxels) const;

  /// Bytes that the voxels take in the file. Reads the index of chunks.
  std::uint64_t storageBytes() const;

 private:
  friend class Hdf5File;
  std::optional<hdf5::ChunkPlace> findOwnChunk(const i64vec3& origin, std::size_t maxBytes) const;

  Hdf5DatasetInfo info_;
  std::optional<hdf5::Dataset> own_;  ///< absent if only the library understands it
  std::shared_ptr<Hdf5Fallback> fallback_;
  std::string object_;
};

/// An HDF5 file, opened for reading, without file locks (others may be looking at it). Links into other files are
/// followed by nobody but the caller: see findExternalLink. Errors name the file.
class Hdf5File {
 public:
  /// Throws Error, "FILE: cause", if `file` is missing, not a regular file, or not a sound HDF5 file.
  explicit Hdf5File(const std::filesystem::path& file);

  const std::filesystem::path& path() const { return path_; }

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const;

  /// True if every link of `object`, "a/b/c", leads to something in this file.
  bool exists(const std::string& object) const;

  /// The first link on the way to `object` that leads to another file, with the rest of the way appended to its target.
  std::optional<Hdf5ExternalLink> findExternalLink(const std::string& object) const;

  /// The names in a group ("/" is the root); empty if there is no such group. Throws Error if there are more than
  /// `maxNames`.
  std::vector<std::string> children(const std::string& group, std::size_t maxNames) const;

  /// A string attribute; absent if it, or the object, is not there or is no short string.
  std::optional<std::string> findStringAttribute(const std::string& object, const std::string& name) const;

  /// The values of an attribute of numbers, at most `maxValues`; empty if it is none, longer, or not there.
  std::vector<double> findNumbersAttribute(const std::string& object, const std::string& name,
                                           std::size_t maxValues) const;

  /// Throws Error if it is not a 2-D table of numbers with at most `maxValues` values.
  Hdf5Table readTable(const std::string& object, std::size_t maxValues) const;

  /// Throws Error if it is not a 3-D dataset of numbers that Volary can show.
  Hdf5Dataset openDataset(const std::string& object) const;

 private:
  template <typename Own, typename Library>
  auto ownOrLibrary(Own own, Library library) const;
  hdf5::Object openObject(const std::string& object) const;

  std::filesystem::path path_;
  std::optional<hdf5::Object> root_;  ///< absent if only the library understands the file
  std::shared_ptr<Hdf5Fallback> fallback_;
};

/// True if the file begins with HDF5's signature, at offset 0, 512, 1024, 2048 ... (HDF5 file format, "Superblock").
bool hasHdf5Signature(const std::filesystem::path& file);

}  // namespace volary
