#include "formats/hdf5_image/hdf5_file.h"

#include "formats/hdf5/attribute.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"
#include "formats/hdf5_image/hdf5_reading.h"
#include "formats/hdf5_image/library/guarded_hdf5_file.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <mutex>

namespace volary {

/// The library's view of one file, made when first needed. Any thread.
class Hdf5Fallback {
 public:
  explicit Hdf5Fallback(std::filesystem::path path) : path_(std::move(path)) {}

  const GuardedHdf5File& file() {
    const std::lock_guard lock(mutex_);
    if (!file_) file_.emplace(path_);
    return *file_;
  }

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
  std::optional<GuardedHdf5File> file_;
};

/// Its filter mask says already that no filter was applied, where that follows from where the chunk lies.
std::optional<hdf5::ChunkPlace> Hdf5Dataset::findOwnChunk(const i64vec3& origin, std::size_t maxBytes) const {
  const i64vec3 chunk = origin / *info_.chunkVoxels;
  const std::array<std::uint64_t, 3> zyx = {static_cast<std::uint64_t>(chunk.z), static_cast<std::uint64_t>(chunk.y),
                                            static_cast<std::uint64_t>(chunk.x)};
  std::optional<hdf5::ChunkPlace> place = own_->findChunk(zyx);
  if (!place) return place;
  if (place->bytes > maxBytes)
    fail("the chunk is said to take {} bytes in the file, at most {} make sense", place->bytes, maxBytes);
  if (info_.rawPartialChunks && glm::any(glm::greaterThan(origin + *info_.chunkVoxels, info_.sizeVoxels)))
    place->filterMask = ~0u;
  return place;
}

RawChunk Hdf5Dataset::readRawChunk(const i64vec3& origin, std::size_t maxBytes) const {
  if (own_) {
    try {
      const std::optional<hdf5::ChunkPlace> place = findOwnChunk(origin, maxBytes);
      if (!place) return {};
      RawChunk raw{.bytes = std::vector<std::byte>(place->bytes), .filterMask = place->filterMask, .stored = true};
      own_->readChunk(*place, raw.bytes);
      return raw;
    } catch (const hdf5::Unsupported&) {
    }
  }
  return fallback_->file().readRawChunk(object_, origin, maxBytes);
}

std::optional<ChunkPlaceInFile> Hdf5Dataset::findRawChunk(const i64vec3& origin, std::size_t maxBytes) const {
  if (!own_) return std::nullopt;
  try {
    const std::optional<hdf5::ChunkPlace> place = findOwnChunk(origin, maxBytes);
    if (!place) return std::nullopt;
    return ChunkPlaceInFile{.position = place->position, .bytes = place->bytes, .filterMask = place->filterMask};
  } catch (const Error&) {
    return std::nullopt;
  }
}

ReadableFile Hdf5Dataset::readableFile() const {
  const hdf5::File* const file = &own_->file();
  return {.read = [file](std::uint64_t position, std::span<std::byte> out) { file->readAt(position, out); },
          .expect = [file](std::uint64_t position, std::uint64_t bytes) { file->expect(position, bytes); }};
}

void Hdf5Dataset::readBox(const i64vec3& origin, const i64vec3& size, VoxelType type,
                          std::span<std::byte> voxels) const {
  if (own_ && !info_.chunkVoxels && type == info_.storedType)
    readUnchunkedBox(*own_, origin, size, voxels);
  else
    fallback_->file().readBox(object_, origin, size, type, voxels);
}

std::uint64_t Hdf5Dataset::storageBytes() const {
  if (own_) {
    try {
      return own_->storedBytes();
    } catch (const hdf5::Unsupported&) {
    }
  }
  return fallback_->file().storageBytes(object_);
}

Hdf5File::Hdf5File(const std::filesystem::path& file) : path_(file), fallback_(std::make_shared<Hdf5Fallback>(file)) {
  try {
    root_ = hdf5::Object::root(std::make_shared<const hdf5::File>(file));
  } catch (const hdf5::Unsupported&) {
    fallback_->file();
  }
}

template <typename Own, typename Library>
auto Hdf5File::ownOrLibrary(Own own, Library library) const {
  if (root_) {
    try {
      return own();
    } catch (const hdf5::Unsupported&) {
    }
  }
  return library(fallback_->file());
}

hdf5::Object Hdf5File::openObject(const std::string& object) const {
  std::optional<hdf5::Object> found = root_->find(object, {});
  if (!found) fail("{}: {}: there is no such object", path_.string(), object);
  return std::move(*found);
}

bool Hdf5Dataset::isAsOpened() const { return !own_ || own_->file().isAsOpened(); }

bool Hdf5File::isAsOpened() const { return !root_ || root_->file()->isAsOpened(); }

bool Hdf5File::exists(const std::string& object) const {
  return ownOrLibrary([&] { return root_->find(object, {}).has_value(); },
                      [&](const GuardedHdf5File& library) { return library.exists(object); });
}

std::optional<Hdf5ExternalLink> Hdf5File::findExternalLink(const std::string& object) const {
  const auto own = [&] {
    std::optional<Hdf5ExternalLink> link;
    root_->find(object, [&](const hdf5::File&, const std::string& file, const std::string& rest) {
      link = Hdf5ExternalLink{.file = file, .object = rest};
      return nullptr;
    });
    return link;
  };
  return ownOrLibrary(own, [&](const GuardedHdf5File& library) { return library.findExternalLink(object); });
}

std::vector<std::string> Hdf5File::children(const std::string& group, std::size_t maxNames) const {
  const auto own = [&] {
    const std::optional<hdf5::Object> found = root_->find(group, {});
    return found ? found->children(maxNames) : std::vector<std::string>();
  };
  return ownOrLibrary(own, [&](const GuardedHdf5File& library) { return library.children(group, maxNames); });
}

std::optional<std::string> Hdf5File::findStringAttribute(const std::string& object, const std::string& name) const {
  constexpr std::size_t kMaxBytes = 256;
  const auto own = [&] {
    const std::optional<hdf5::Object> found = root_->find(object, {});
    return found ? found->findText(name, kMaxBytes) : std::nullopt;
  };
  return ownOrLibrary(own, [&](const GuardedHdf5File& library) { return library.findStringAttribute(object, name); });
}

std::vector<double> Hdf5File::findNumbersAttribute(const std::string& object, const std::string& name,
                                                   std::size_t maxValues) const {
  const auto own = [&]() -> std::vector<double> {
    const std::optional<hdf5::Object> found = root_->find(object, {});
    const std::optional<hdf5::Attribute> attribute = found ? found->findAttribute(name) : std::nullopt;
    if (!attribute || !attribute->type.number || hdf5::countValues(attribute->space) > maxValues) return {};
    return hdf5::readNumbers(*attribute);
  };
  return ownOrLibrary(
      own, [&](const GuardedHdf5File& library) { return library.findNumbersAttribute(object, name, maxValues); });
}

Hdf5Table Hdf5File::readTable(const std::string& object, std::size_t maxValues) const {
  const auto own = [&] {
    const hdf5::Object found = openObject(object);
    try {
      return volary::readTable(hdf5::Dataset(found), maxValues);
    } catch (const hdf5::Unsupported&) {
      throw;
    } catch (const Error& error) {
      fail("{}: {}: {}", path_.string(), object, error.what());
    }
  };
  return ownOrLibrary(own, [&](const GuardedHdf5File& library) { return library.readTable(object, maxValues); });
}

Hdf5Dataset Hdf5File::openDataset(const std::string& object) const {
  Hdf5Dataset result;
  result.fallback_ = fallback_;
  result.object_ = object;
  const auto own = [&] {
    const hdf5::Object found = openObject(object);
    try {
      hdf5::Dataset dataset(found);
      Hdf5DatasetInfo info = describeVoxels(dataset);
      result.own_ = std::move(dataset);
      return info;
    } catch (const hdf5::Unsupported&) {
      throw;
    } catch (const Error& error) {
      fail("{}: {}: {}", path_.string(), object, error.what());
    }
  };
  result.info_ = ownOrLibrary(own, [&](const GuardedHdf5File& library) { return library.describe(object); });
  return result;
}

bool hasHdf5Signature(const std::filesystem::path& file) {
  constexpr std::array<char, 8> kSignature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 8> bytes{};
  for (std::uint64_t offset = 0;
       stream.seekg(static_cast<std::streamoff>(offset)) && stream.read(bytes.data(), bytes.size());
       offset = std::max<std::uint64_t>(512, 2 * offset))
    if (bytes == kSignature) return true;
  return false;
}

}  // namespace volary
