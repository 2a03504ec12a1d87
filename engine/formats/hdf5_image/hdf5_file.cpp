#include "formats/hdf5_image/hdf5_file.h"

#include "formats/hdf5/unsupported.h"
#include "formats/hdf5_image/library/guarded_hdf5_file.h"

#include <algorithm>
#include <array>
#include <utility>

namespace volary {

namespace {

/// The answer of our own reader or, if it does not know, of the library.
template <typename Own, typename AskOwn, typename AskLibrary>
auto ownOrLibrary(const std::optional<Own>& own, const Hdf5Fallback& fallback, AskOwn askOwn, AskLibrary askLibrary) {
  if (own) {
    try {
      return askOwn(*own);
    } catch (const hdf5::Unsupported&) {
    }
  }
  return askLibrary(fallback.file());
}

template <typename Ask>
auto ownOrLibrary(const std::optional<OwnHdf5File>& own, const Hdf5Fallback& fallback, Ask ask) {
  return ownOrLibrary(own, fallback, ask, ask);
}

}  // namespace

Hdf5Fallback::Hdf5Fallback(Location location) : location_(std::move(location)) {}
Hdf5Fallback::~Hdf5Fallback() = default;

const Hdf5Questions& Hdf5Fallback::file() const {
  const std::lock_guard lock(mutex_);
  const std::optional<std::filesystem::path> path = location_.localPath();
  if (!path) fail("{}: this is left to the HDF5 library, which reads files of this machine alone", location_.text());
  if (!file_) file_ = std::make_unique<const GuardedHdf5File>(*path);
  return *file_;
}

RawChunk Hdf5Dataset::readRawChunk(const i64vec3& origin, std::size_t maxBytes) const {
  return ownOrLibrary(
      own_, *fallback_, [&](const OwnHdf5Dataset& own) { return own.readRawChunk(origin, maxBytes); },
      [&](const Hdf5Questions& library) { return library.readRawChunk(object_, origin, maxBytes); });
}

void Hdf5Dataset::readBox(const i64vec3& origin, const i64vec3& size, VoxelType type,
                          std::span<std::byte> voxels) const {
  ownOrLibrary(
      own_, *fallback_, [&](const OwnHdf5Dataset& own) { own.readBox(origin, size, type, voxels); },
      [&](const Hdf5Questions& library) { library.readBox(object_, origin, size, type, voxels); });
}

std::uint64_t Hdf5Dataset::storageBytes() const {
  return ownOrLibrary(
      own_, *fallback_, [](const OwnHdf5Dataset& own) { return own.storageBytes(); },
      [&](const Hdf5Questions& library) { return library.storageBytes(object_); });
}

Hdf5File::Hdf5File(const Location& file) : location_(file), fallback_(std::make_shared<const Hdf5Fallback>(file)) {
  try {
    own_.emplace(file);
  } catch (const hdf5::Unsupported&) {
    fallback_->file();
  }
}

bool Hdf5File::exists(const std::string& object) const {
  return ownOrLibrary(own_, *fallback_, [&](const Hdf5Questions& file) { return file.exists(object); });
}

std::optional<Hdf5ExternalLink> Hdf5File::findExternalLink(const std::string& object) const {
  return ownOrLibrary(own_, *fallback_, [&](const Hdf5Questions& file) { return file.findExternalLink(object); });
}

std::vector<std::string> Hdf5File::children(const std::string& group, std::size_t maxNames) const {
  return ownOrLibrary(own_, *fallback_, [&](const Hdf5Questions& file) { return file.children(group, maxNames); });
}

std::optional<std::string> Hdf5File::findStringAttribute(const std::string& object, const std::string& name) const {
  return ownOrLibrary(own_, *fallback_,
                      [&](const Hdf5Questions& file) { return file.findStringAttribute(object, name); });
}

std::vector<double> Hdf5File::findNumbersAttribute(const std::string& object, const std::string& name,
                                                   std::size_t maxValues) const {
  return ownOrLibrary(own_, *fallback_,
                      [&](const Hdf5Questions& file) { return file.findNumbersAttribute(object, name, maxValues); });
}

Hdf5Table Hdf5File::readTable(const std::string& object, std::size_t maxValues) const {
  return ownOrLibrary(own_, *fallback_, [&](const Hdf5Questions& file) { return file.readTable(object, maxValues); });
}

Hdf5DatasetInfo Hdf5File::describe(const std::string& object) const {
  return ownOrLibrary(own_, *fallback_, [&](const Hdf5Questions& file) { return file.describe(object); });
}

RawChunk Hdf5File::readRawChunk(const std::string& object, const i64vec3& origin, std::size_t maxBytes) const {
  return ownOrLibrary(own_, *fallback_,
                      [&](const Hdf5Questions& file) { return file.readRawChunk(object, origin, maxBytes); });
}

void Hdf5File::readBox(const std::string& object, const i64vec3& origin, const i64vec3& size, VoxelType type,
                       std::span<std::byte> voxels) const {
  ownOrLibrary(own_, *fallback_, [&](const Hdf5Questions& file) { file.readBox(object, origin, size, type, voxels); });
}

std::uint64_t Hdf5File::storageBytes(const std::string& object) const {
  return ownOrLibrary(own_, *fallback_, [&](const Hdf5Questions& file) { return file.storageBytes(object); });
}

Hdf5Dataset Hdf5File::openDataset(const std::string& object) const {
  Hdf5Dataset result;
  result.fallback_ = fallback_;
  result.object_ = object;
  const auto open = [&](const OwnHdf5File& own) {
    result.own_.emplace(own.openDataset(object));
    return result.own_->info();
  };
  result.info_ =
      ownOrLibrary(own_, *fallback_, open, [&](const Hdf5Questions& library) { return library.describe(object); });
  return result;
}

bool hasHdf5Signature(const ByteFile& file) {
  constexpr std::array<char, 8> kSignature = {'\x89', 'H', 'D', 'F', '\r', '\n', '\x1a', '\n'};
  std::array<char, 8> bytes{};
  for (std::uint64_t offset = 0; file.readUpTo(offset, std::as_writable_bytes(std::span(bytes))) == bytes.size();
       offset = std::max<std::uint64_t>(512, 2 * offset))
    if (bytes == kSignature) return true;
  return false;
}

}  // namespace volary
