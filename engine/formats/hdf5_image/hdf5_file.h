#pragma once

#include "formats/hdf5_image/own_hdf5_file.h"
#include "storage/location.h"

#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// HDF5 files as formats see them: our own reader does the work. What it calls Unsupported is left to the HDF5 library,
/// in a process of its own. Any thread.
namespace volary {

class Hdf5File;
class GuardedHdf5File;

/// One file as the library sees it, opened when first needed.
class Hdf5Fallback {
 public:
  explicit Hdf5Fallback(Location location);
  ~Hdf5Fallback();

  /// Throws Error, "FILE: cause", if the library does not open it.
  const Hdf5Questions& file() const;

 private:
  const Location location_;
  mutable std::mutex mutex_;
  mutable std::unique_ptr<const GuardedHdf5File> file_;
};

/// An opened 3-D dataset; keeps its file open. Errors lack the names of file and dataset.
class Hdf5Dataset {
 public:
  const Hdf5DatasetInfo& info() const { return info_; }

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const { return !own_ || own_->isAsOpened(); }

  /// Our own reader, if it understands the dataset, as far as that can be told without reading chunks.
  const OwnHdf5Dataset* own() const { return own_ ? &*own_ : nullptr; }

  /// As in Hdf5Questions.
  RawChunk readRawChunk(const i64vec3& origin, std::size_t maxBytes) const;
  void readBox(const i64vec3& origin, const i64vec3& size, VoxelType type, std::span<std::byte> voxels) const;
  std::uint64_t storageBytes() const;

 private:
  friend class Hdf5File;
  Hdf5DatasetInfo info_;
  std::optional<OwnHdf5Dataset> own_;
  std::shared_ptr<const Hdf5Fallback> fallback_;
  std::string object_;
};

/// An HDF5 file, opened for reading, without file locks (others may be looking at it).
class Hdf5File final : public Hdf5Questions {
 public:
  /// Throws Error, "FILE: cause", if `file` is missing, not a regular file, or not a sound HDF5 file.
  explicit Hdf5File(const Location& file);

  const Location& location() const { return location_; }

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const { return !own_ || own_->isAsOpened(); }

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

  /// For many questions about one dataset. Throws Error as describe() does.
  Hdf5Dataset openDataset(const std::string& object) const;

 private:
  Location location_;
  std::optional<OwnHdf5File> own_;  ///< absent if only the library understands the file
  std::shared_ptr<const Hdf5Fallback> fallback_;
};

/// True if the file begins with HDF5's signature, at offset 0, 512, 1024, 2048 ... (HDF5 file format, "Superblock").
bool hasHdf5Signature(const ByteFile& file);

}  // namespace volary
