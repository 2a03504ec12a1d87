#pragma once

#include "formats/hdf5/dataset.h"
#include "formats/hdf5/object.h"
#include "formats/hdf5_image/hdf5_questions.h"
#include "storage/location.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// HDF5 files as our own reader sees them, without a lock and without trusting the file. Any thread. All functions
/// throw hdf5::Unsupported, an Error, if the HDF5 library may know more.
namespace volary {

/// An opened 3-D dataset; keeps its file open. Errors lack the names of file and dataset.
class OwnHdf5Dataset {
 public:
  /// Throws Error if it is not a 3-D dataset of numbers that Volary can show.
  explicit OwnHdf5Dataset(hdf5::Dataset dataset);

  const Hdf5DatasetInfo& info() const { return info_; }

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const;

  /// As Hdf5Questions has it. The first call reads the index of chunks.
  RawChunk readRawChunk(const i64vec3& origin, std::size_t maxBytes) const;

  /// Where that chunk lies, for reading many at once. Nothing if it is not stored, or something is wrong: readRawChunk
  /// says what.
  std::optional<hdf5::ChunkPlace> findRawChunk(const i64vec3& origin, std::size_t maxBytes) const;

  /// The file in which findRawChunk() finds chunks.
  std::shared_ptr<const ByteFile> bytes() const;

  /// As Hdf5Questions has it; Unsupported for chunks and for another type than the stored one.
  void readBox(const i64vec3& origin, const i64vec3& size, VoxelType type, std::span<std::byte> voxels) const;

  std::uint64_t storageBytes() const;

 private:
  std::optional<hdf5::ChunkPlace> findChunk(const i64vec3& origin, std::size_t maxBytes) const;

  hdf5::Dataset dataset_;
  Hdf5DatasetInfo info_;
};

class OwnHdf5File final : public Hdf5Questions {
 public:
  /// Throws Error, "FILE: cause", if `file` is missing, not a regular file, or not a sound HDF5 file.
  explicit OwnHdf5File(const Location& file);

  /// False once somebody has written to the file, or put another one in its place.
  bool isAsOpened() const;

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
  OwnHdf5Dataset openDataset(const std::string& object) const;

 private:
  hdf5::Object openObject(const std::string& object) const;

  Location location_;
  hdf5::Object root_;
};

}  // namespace volary
