#pragma once

#include "base/geometry.h"
#include "formats/hdf5_image/hdf5_questions.h"
#include "pyramid/source.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// A thin checked layer over the HDF5 C library, for what our own reader does not know. The library has one lock: every
/// function takes it, so a call waits for those of other threads. All may be called from any thread. The library
/// crashes on some malformed files: a stranger's file is read through GuardedHdf5File.
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

class LibraryHdf5File;

/// An opened 3-D dataset; keeps its file open.
class LibraryHdf5Dataset {
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
  friend class LibraryHdf5File;
  std::shared_ptr<const Hdf5Id> file_;
  Hdf5Id dataset_;
  Hdf5DatasetInfo info_;
};

/// An HDF5 file, opened for reading by the library, without file locks (others may be looking at it).
class LibraryHdf5File final : public Hdf5Questions {
 public:
  /// Throws Error, "FILE: cause", if `file` is missing, not a regular file, or not a sound HDF5 file.
  explicit LibraryHdf5File(const std::filesystem::path& file);

  bool exists(const std::string& object) const override;
  std::optional<Hdf5ExternalLink> findExternalLink(const std::string& object) const override;
  std::vector<std::string> children(const std::string& group, std::size_t maxNames) const override;
  std::optional<std::string> findStringAttribute(const std::string& object, const std::string& name) const override;
  std::vector<double> findNumbersAttribute(const std::string& object, const std::string& name,
                                           std::size_t maxValues) const override;
  Hdf5Table readTable(const std::string& object, std::size_t maxValues) const override;
  Hdf5DatasetInfo describe(const std::string& object) const override;
  RawChunk readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const override;
  void readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
               std::span<std::byte> voxels) const override;
  std::uint64_t storageBytes(const std::string& object) const override;

  /// For many questions about one dataset. Throws Error (with the file's name) as describe() does.
  LibraryHdf5Dataset openDataset(const std::string& object) const;

 private:
  std::filesystem::path path_;
  std::shared_ptr<const Hdf5Id> file_;
};

}  // namespace volary
