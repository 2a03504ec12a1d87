#pragma once

#include "base/geometry.h"
#include "formats/hdf5_image/hdf5_types.h"
#include "pyramid/source.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// All that formats ask an HDF5 file, whoever reads it. Any thread; calls may overlap. Throws Error, which names the
/// file unless a function says otherwise. Only the caller follows links into other files: see findExternalLink. An
/// object is a path, "a/b/c".
class Hdf5Questions {
 public:
  virtual ~Hdf5Questions() = default;

  /// True if every link of `object` leads to something in this file.
  virtual bool exists(const std::string& object) const = 0;

  /// The first link on the way to `object` that leads to another file, with the rest of the way appended to its target.
  virtual std::optional<Hdf5ExternalLink> findExternalLink(const std::string& object) const = 0;

  /// The names in a group ("/" is the root); empty if there is no such group. If there are more than `maxNames` names,
  /// the library gives the first of them; our own reader throws Error.
  virtual std::vector<std::string> children(const std::string& group, std::size_t maxNames) const = 0;

  /// A string attribute; absent if it or the object is not there, or it is not a short string.
  virtual std::optional<std::string> findStringAttribute(const std::string& object, const std::string& name) const = 0;

  /// The values of an attribute of numbers, at most `maxValues`; empty if it has no numbers, has more, or is not there.
  virtual std::vector<double> findNumbersAttribute(const std::string& object, const std::string& name,
                                                   std::size_t maxValues) const = 0;

  /// Throws Error if it is not a 2-D table of numbers with at most `maxValues` values.
  virtual Hdf5Table readTable(const std::string& object, std::size_t maxValues) const = 0;

  /// Throws Error if it is not a 3-D dataset of numbers that Volary can show.
  virtual Hdf5DatasetInfo describe(const std::string& object) const = 0;

  /// The bytes of the chunk of a 3-D dataset that begins at voxel `origin`, as stored. `maxBytes` bounds what a damaged
  /// file can make us allocate. Throws Error if it can't be read or is larger, without the names of file and object.
  virtual RawChunk readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const = 0;

  /// Reads a box of voxels of a 3-D dataset, converted to `type`, into `voxels`: x fastest, native byte order. Where
  /// the box reaches beyond the dataset the voxels are zero. Errors are without the names of file and object.
  virtual void readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
                       std::span<std::byte> voxels) const = 0;

  /// Bytes that the voxels of a 3-D dataset take in the file. Walks the index of chunks.
  virtual std::uint64_t storageBytes(const std::string& object) const = 0;
};

}  // namespace volary
