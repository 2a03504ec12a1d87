#include "formats/bdv/bdv_image.h"

#include "base/error.h"
#include "pyramid/level_factors.h"

namespace volary {

namespace {

/// Downsampling factors, one a level; empty if the file has no table of them.
std::vector<dvec3> readFactors(const std::optional<Hdf5Place>& setupGroup) {
  if (!setupGroup || !setupGroup->file->exists(setupGroup->object + "/resolutions")) return {};
  const std::string object = setupGroup->object + "/resolutions";
  const Hdf5Table table = setupGroup->file->readTable(object, 3 * kMaxLevels);
  if (table.columns != 3 || table.rows == 0)
    fail("{}: {}: a table of {} x {} instead of one row of 3 factors a level", setupGroup->file->location().text(),
         object, table.rows, table.columns);
  std::vector<dvec3> factors;
  for (std::size_t row = 0; row < table.rows; ++row) {
    const dvec3 factor(table.at(row, 0), table.at(row, 1), table.at(row, 2));
    for (int axis = 0; axis < 3; ++axis)
      if (!(factor[axis] >= 1e-3 && factor[axis] <= 1e6))
        fail("{}: {}: a factor of {} is absurd", setupGroup->file->location().text(), object, factor[axis]);
    factors.push_back(factor);
  }
  return factors;
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

}  // namespace

Hdf5Image readBdvImage(BdvFiles& files, const SpimView& view) {
  const std::optional<Hdf5Place> setupGroup = files.findSetupGroup(view);
  const std::vector<dvec3> factors = readFactors(setupGroup);
  std::optional<std::string> dataType;
  if (setupGroup) dataType = setupGroup->file->findStringAttribute(setupGroup->object, "dataType");

  Hdf5Image image;
  const int levels = factors.empty() ? kMaxLevels : static_cast<int>(factors.size());
  for (int row = 0; row < levels; ++row) {
    const std::optional<Hdf5Place> place = files.findCells(view, row);
    if (!place && factors.empty()) break;
    if (!place) continue;
    const Hdf5Dataset dataset = place->file->openDataset(place->object);
    if (image.levels.empty()) image.pyramid.voxelType = meaning(dataset.info().storedType, dataType);
    Hdf5Level level = describeHdf5Level(*place, dataset.info(), image.pyramid.voxelType);
    const dvec3 factor = !factors.empty()       ? factors[row]
                         : image.levels.empty() ? dvec3(1.0)
                                                : guessFactor(image.levels.front().sizeVoxels, level.sizeVoxels);
    image.add(std::move(level), factor);
  }
  return image;
}

}  // namespace volary
