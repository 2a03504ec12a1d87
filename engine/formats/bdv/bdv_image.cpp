#include "formats/bdv/bdv_image.h"

#include "base/bytes.h"
#include "base/error.h"

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

constexpr int kMaxLevels = 64;
// The largest chunk that is taken into memory: one that holds a 512^3 volume of 16 bit is 256 MiB.
constexpr std::uint64_t kMaxChunkBytes = kGiB;
// Unchunked voxels are read in cubes: large enough that a call costs little, small enough to be cached.
constexpr std::int64_t kUnchunkedCube = 64;

/// Downsampling factors, one a level; empty if the file has no table of them.
std::vector<dvec3> readFactors(const std::optional<Hdf5Place>& setupGroup) {
  if (!setupGroup || !setupGroup->file->exists(setupGroup->object + "/resolutions")) return {};
  const std::string object = setupGroup->object + "/resolutions";
  const Hdf5Table table = setupGroup->file->readTable(object, 3 * kMaxLevels);
  if (table.columns != 3 || table.rows == 0)
    fail("{}: {}: a table of {} x {} instead of one row of 3 factors a level", setupGroup->file->path().string(),
         object, table.rows, table.columns);
  std::vector<dvec3> factors;
  for (std::size_t row = 0; row < table.rows; ++row) {
    const dvec3 factor(table.at(row, 0), table.at(row, 1), table.at(row, 2));
    for (int axis = 0; axis < 3; ++axis)
      if (!(factor[axis] >= 1e-3 && factor[axis] <= 1e6))
        fail("{}: {}: a factor of {} is absurd", setupGroup->file->path().string(), object, factor[axis]);
    factors.push_back(factor);
  }
  return factors;
}

/// The factor of a level without a table, from the sizes: the integer that gives them, rounded up or down, or else
/// their ratio.
dvec3 guessFactor(const i64vec3& full, const i64vec3& size) {
  dvec3 factor(1.0);
  for (int axis = 0; axis < 3; ++axis) {
    const double ratio = static_cast<double>(full[axis]) / static_cast<double>(size[axis]);
    const auto whole = std::max<std::int64_t>(1, std::llround(ratio));
    const bool fits = full[axis] / whole == size[axis] || ceilDiv(full[axis], whole) == size[axis];
    factor[axis] = fits ? static_cast<double>(whole) : ratio;
  }
  return factor;
}

/// What the stored numbers mean. BigDataViewer before 10.4.6 states no type and stores the bits of uint16 as int16; its
/// loader for labels does so with 64 bits.
VoxelType meaning(VoxelType stored, const std::optional<std::string>& dataType) {
  if (dataType)
    if (const std::optional<VoxelType> stated = findVoxelType(*dataType)) return *stated;
  if (stored == VoxelType::int16) return VoxelType::uint16;
  if (stored == VoxelType::int64) return VoxelType::uint64;
  return stored;
}

BdvLevel describeLevel(const Hdf5Place& place, const Hdf5DatasetInfo& info, VoxelType type) {
  BdvLevel level{.file = place.file->path(),
                 .object = place.object,
                 .sizeVoxels = info.sizeVoxels,
                 .chunkVoxels = info.chunkVoxels.value_or(glm::min(info.sizeVoxels, i64vec3(kUnchunkedCube))),
                 .fillValue = info.fillValue};
  std::uint64_t bytes = voxelBytes(type);
  for (int axis = 0; axis < 3; ++axis) {
    const auto extent = static_cast<std::uint64_t>(level.chunkVoxels[axis]);
    if (extent == 0 || extent > kMaxChunkBytes / bytes)
      fail("chunks of {} x {} x {} voxels are too large, {} is the limit", level.chunkVoxels.x, level.chunkVoxels.y,
           level.chunkVoxels.z, formatBytes(kMaxChunkBytes));
    bytes *= extent;
  }
  level.chunkBytes = bytes;

  // Same width and kind: the bits are taken as they are, whatever the sign. Anything else the library converts.
  const bool sameBits = info.isPlain && voxelBytes(info.storedType) == voxelBytes(type) &&
                        isInteger(info.storedType) == isInteger(type);
  const FilterChain filters(info, level.chunkBytes);
  level.readType = sameBits ? info.storedType : type;
  if (info.chunkVoxels && sameBits) level.filters = filters;
  return level;
}

}  // namespace

BdvImage readBdvImage(BdvFiles& files, const SpimView& view, const std::string& what) {
  const std::optional<Hdf5Place> setupGroup = files.findSetupGroup(view);
  const std::vector<dvec3> factors = readFactors(setupGroup);
  std::optional<std::string> dataType;
  if (setupGroup) dataType = setupGroup->file->findStringAttribute(setupGroup->object, "dataType");

  BdvImage image;
  const int levels = factors.empty() ? kMaxLevels : static_cast<int>(factors.size());
  for (int row = 0; row < levels; ++row) {
    const std::optional<Hdf5Place> place = files.findCells(view, row);
    if (!place && factors.empty()) break;
    if (!place) continue;
    const Hdf5Dataset dataset = place->file->openDataset(place->object);
    if (image.levels.empty()) image.pyramid.voxelType = meaning(dataset.info().storedType, dataType);
    try {
      image.levels.push_back(describeLevel(*place, dataset.info(), image.pyramid.voxelType));
    } catch (const Error& error) {
      fail("{}: {}: {}", place->file->path().string(), place->object, error.what());
    }
    const BdvLevel& level = image.levels.back();
    image.pyramid.levels.push_back(
        {.sizeVoxels = level.sizeVoxels,
         .factor = factors.empty() ? guessFactor(image.levels.front().sizeVoxels, level.sizeVoxels) : factors[row],
         .chunkVoxels = ivec3(level.chunkVoxels),
         .codec = level.filters ? level.filters->codec() : FilterChain(dataset.info(), level.chunkBytes).codec(),
         .bytesStored = std::nullopt});
  }
  if (image.levels.empty()) fail("{}: there is no image data", what);
  return image;
}

}  // namespace volary
