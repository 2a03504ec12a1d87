#include "formats/imaris/imaris_source.h"

#include "base/error.h"
#include "base/text_values.h"
#include "formats/hdf5_image/hdf5_image_source.h"
#include "formats/imaris/imaris_info.h"
#include "pyramid/level_factors.h"

#include <utility>

namespace volary {

namespace {

/// The level's size as stated beside its voxels, unless it is larger than what is stored: Imaris pads datasets to whole
/// chunks.
i64vec3 readLevelSize(const Hdf5Place& channel, const i64vec3& stored) {
  i64vec3 size = stored;
  for (int axis = 0; axis < 3; ++axis) {
    const auto text = channel.file->findStringAttribute(channel.object, fmt::format("ImageSize{}", "XYZ"[axis]));
    const auto stated = text ? findInt(*text) : std::nullopt;
    if (stated && *stated >= 1 && *stated <= stored[axis]) size[axis] = *stated;
  }
  return size;
}

class ImarisSource final : public Hdf5ImageSource {
 public:
  ImarisSource(ImarisInfo info, const Location& file)
      : Hdf5ImageSource(std::move(info.dataset), file), levels_(std::move(info.levels)) {}

 private:
  Hdf5Image readImage(ImageId id) override {
    const int timepoint = dataset().timepoints[id.timepoint];
    const int channel = dataset().setups[id.setup].id;
    Hdf5Image image;
    for (const int number : levels_) {
      // The channel, or its voxels, may be a link into another file.
      const auto file = openFiles().open(opened());
      const std::string object = imarisChannelObject(number, timepoint, channel);
      const std::optional<Hdf5Place> group = openFiles().find(file, object);
      if (!group) continue;
      const std::optional<Hdf5Place> place = openFiles().find(group->file, group->object + "/Data");
      if (!place) continue;
      const Hdf5Dataset voxels = place->file->openDataset(place->object);
      if (image.levels.empty()) image.pyramid.voxelType = voxels.info().storedType;
      Hdf5Level level = describeHdf5Level(*place, voxels.info(), image.pyramid.voxelType);
      level.sizeVoxels = readLevelSize(*group, level.sizeVoxels);
      const dvec3 factor =
          image.levels.empty() ? dvec3(1.0) : guessFactor(image.levels.front().sizeVoxels, level.sizeVoxels);
      image.add(std::move(level), factor);
    }
    return image;
  }

  std::vector<int> levels_;
};

}  // namespace

bool looksLikeImaris(const Location& file) {
  try {
    const Hdf5File hdf5(file);
    return hdf5.exists("DataSet") && hdf5.exists("DataSetInfo");
  } catch (const Error&) {
    return false;  // whoever opens it says why
  }
}

std::unique_ptr<Source> openImaris(const Location& file) {
  return std::make_unique<ImarisSource>(readImarisInfo(Hdf5File(file)), file);
}

}  // namespace volary
