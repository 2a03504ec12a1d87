#include "formats/hdf5_image/own_hdf5_file.h"

#include "base/error.h"
#include "formats/hdf5/attribute.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"
#include "formats/hdf5_image/hdf5_reading.h"

#include <array>
#include <utility>

namespace volary {

OwnHdf5Dataset::OwnHdf5Dataset(hdf5::Dataset dataset) : dataset_(std::move(dataset)), info_(describeVoxels(dataset_)) {}

bool OwnHdf5Dataset::isAsOpened() const { return dataset_.file().isAsOpened(); }

/// If no filter was applied because of where the chunk lies, its filter mask already says so.
std::optional<hdf5::ChunkPlace> OwnHdf5Dataset::findChunk(const i64vec3& origin, std::size_t maxBytes) const {
  const i64vec3 chunk = origin / *info_.chunkVoxels;
  const std::array<std::uint64_t, 3> zyx = {static_cast<std::uint64_t>(chunk.z), static_cast<std::uint64_t>(chunk.y),
                                            static_cast<std::uint64_t>(chunk.x)};
  std::optional<hdf5::ChunkPlace> place = dataset_.findChunk(zyx);
  if (!place) return place;
  if (place->bytes > maxBytes)
    fail("the chunk is said to take {} bytes in the file, at most {} make sense", place->bytes, maxBytes);
  if (info_.rawPartialChunks && glm::any(glm::greaterThan(origin + *info_.chunkVoxels, info_.sizeVoxels)))
    place->filterMask = ~0u;
  return place;
}

RawChunk OwnHdf5Dataset::readRawChunk(const i64vec3& origin, std::size_t maxBytes) const {
  const std::optional<hdf5::ChunkPlace> place = findChunk(origin, maxBytes);
  if (!place) return {};
  RawChunk raw{.bytes = std::vector<std::byte>(place->bytes), .filterMask = place->filterMask, .stored = true};
  dataset_.readChunk(*place, raw.bytes);
  return raw;
}

std::optional<hdf5::ChunkPlace> OwnHdf5Dataset::findRawChunk(const i64vec3& origin, std::size_t maxBytes) const {
  try {
    return findChunk(origin, maxBytes);
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::shared_ptr<const ByteFile> OwnHdf5Dataset::bytes() const { return dataset_.file().bytes(); }

void OwnHdf5Dataset::readBox(const i64vec3& origin, const i64vec3& size, VoxelType type,
                             std::span<std::byte> voxels) const {
  if (info_.chunkVoxels || type != info_.storedType) throw hdf5::Unsupported("a box of chunks, or of another type");
  readUnchunkedBox(dataset_, origin, size, voxels);
}

std::uint64_t OwnHdf5Dataset::storageBytes() const { return dataset_.storedBytes(); }

OwnHdf5File::OwnHdf5File(const Location& file)
    : location_(file), root_(hdf5::Object::root(std::make_shared<const hdf5::File>(file))) {}

bool OwnHdf5File::isAsOpened() const { return root_.file()->isAsOpened(); }

hdf5::Object OwnHdf5File::openObject(const std::string& object) const {
  std::optional<hdf5::Object> found = root_.find(object, {});
  if (!found) fail("{}: {}: there is no such object", location_.text(), object);
  return std::move(*found);
}

bool OwnHdf5File::exists(const std::string& object) const { return root_.find(object, {}).has_value(); }

std::optional<Hdf5ExternalLink> OwnHdf5File::findExternalLink(const std::string& object) const {
  std::optional<Hdf5ExternalLink> link;
  root_.find(object, [&](const hdf5::File&, const std::string& file, const std::string& rest) {
    link = Hdf5ExternalLink{.file = file, .object = rest};
    return nullptr;
  });
  return link;
}

std::vector<std::string> OwnHdf5File::children(const std::string& group, std::size_t maxNames) const {
  const std::optional<hdf5::Object> found = root_.find(group, {});
  return found ? found->children(maxNames) : std::vector<std::string>();
}

std::optional<std::string> OwnHdf5File::findStringAttribute(const std::string& object, const std::string& name) const {
  constexpr std::size_t kMaxBytes = 256;
  const std::optional<hdf5::Object> found = root_.find(object, {});
  return found ? found->findText(name, kMaxBytes) : std::nullopt;
}

std::vector<double> OwnHdf5File::findNumbersAttribute(const std::string& object, const std::string& name,
                                                      std::size_t maxValues) const {
  const std::optional<hdf5::Object> found = root_.find(object, {});
  const std::optional<hdf5::Attribute> attribute = found ? found->findAttribute(name) : std::nullopt;
  if (!attribute || !attribute->type.number || hdf5::countValues(attribute->space) > maxValues) return {};
  return hdf5::readNumbers(*attribute);
}

Hdf5Table OwnHdf5File::readTable(const std::string& object, std::size_t maxValues) const {
  const hdf5::Object found = openObject(object);
  try {
    return volary::readTable(hdf5::Dataset(found), maxValues);
  } catch (const hdf5::Unsupported&) {
    throw;
  } catch (const Error& error) {
    fail("{}: {}: {}", location_.text(), object, error.what());
  }
}

OwnHdf5Dataset OwnHdf5File::openDataset(const std::string& object) const {
  const hdf5::Object found = openObject(object);
  try {
    return OwnHdf5Dataset(hdf5::Dataset(found));
  } catch (const hdf5::Unsupported&) {
    throw;
  } catch (const Error& error) {
    fail("{}: {}: {}", location_.text(), object, error.what());
  }
}

Hdf5DatasetInfo OwnHdf5File::describe(const std::string& object) const { return openDataset(object).info(); }

RawChunk OwnHdf5File::readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const {
  return openDataset(object).readRawChunk(origin, maxBytes);
}

void OwnHdf5File::readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
                          std::span<std::byte> voxels) const {
  openDataset(object).readBox(origin, size, type, voxels);
}

std::uint64_t OwnHdf5File::storageBytes(const std::string& object) const { return openDataset(object).storageBytes(); }

}  // namespace volary
