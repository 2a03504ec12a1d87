#include "formats/bdv/bdv_source.h"

#include "base/error.h"
#include "formats/bdv/bdv_arrays.h"
#include "formats/bdv/bdv_files.h"
#include "formats/bdv/bdv_image.h"
#include "formats/bdv/bdv_listing.h"
#include "formats/bdv/spim_data.h"

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <utility>

namespace volary {

namespace {

Setup makeSetup(const SpimSetup& stated, const SpimData& data, std::size_t& unregistered) {
  Setup setup{.id = stated.id,
              .name = stated.name,
              .voxelSize = stated.voxelSize.value_or(dvec3(1.0)),
              .unit = stated.unit,
              .channel = stated.channel,
              .worldFromVoxel = {},
              .present = {},
              .displayRange = stated.displayRange,
              .displayColour = stated.displayColour};
  for (const int timepoint : data.timepoints) {
    const SpimView view(timepoint, stated.id);
    const auto registration = data.worldFromVoxel.find(view);
    const bool present = !data.missingViews.contains(view);
    const bool registered = registration != data.worldFromVoxel.end();
    if (present && !registered) ++unregistered;
    setup.present.push_back(present);
    setup.worldFromVoxel.push_back(registered ? registration->second : glm::scale(dmat4(1.0), setup.voxelSize));
  }
  return setup;
}

Dataset makeDataset(const SpimData& data, const Location& opened) {
  Dataset dataset{.format = data.loaderFormat,
                  .location = opened.text(),
                  .timepoints = data.timepoints,
                  .setups = {},
                  .warnings = data.warnings};
  std::size_t unregistered = 0;
  for (const SpimSetup& setup : data.setups) dataset.setups.push_back(makeSetup(setup, data, unregistered));
  if (unregistered > 0)
    dataset.warnings.push_back(
        fmt::format("{} of {} images have no registration; they are placed at the origin, scaled by their voxel size",
                    unregistered, data.setups.size() * data.timepoints.size()));
  return dataset;
}

class BdvSource final : public Hdf5ImageSource {
 public:
  BdvSource(const SpimData& data, const Location& opened, std::optional<Location> master)
      : Hdf5ImageSource(makeDataset(data, opened), opened),
        description_(data.file),
        bdvFiles_(openFiles(), std::move(master), data) {}

  std::vector<Location> files() override {
    std::vector<Location> files = bdvFiles_.list();
    for (const Location& other : {opened(), description_})
      if (std::ranges::find(files, other) == files.end()) files.push_back(other);
    return files;
  }

 private:
  Hdf5Image readImage(ImageId id) override {
    const SpimView view(dataset().timepoints[id.timepoint], dataset().setups[id.setup].id);
    return readBdvImage(bdvFiles_, view);
  }

  const Location description_;  ///< the XML, where there is one
  BdvFiles bdvFiles_;
};

std::unique_ptr<Source> openListed(SpimData data, const Location& opened) {
  if (hasArrays(data)) {
    markMissingGroups(data);
    return openBdvArrays(data, makeDataset(data, opened));
  }
  if (!data.loaderFormat.starts_with("bdv.hdf5"))
    fail("{}: its images are in the format {}, which is not supported yet", opened.text(), data.loaderFormat);
  std::optional<Location> master = findMasterFile(data);
  // Opened once, so that a file that is not HDF5 is refused now, and not with the first brick.
  if (master) Hdf5File{*master};
  return std::make_unique<BdvSource>(data, opened, std::move(master));
}

}  // namespace

std::unique_ptr<Source> openBdvXml(const Location& xml) { return openListed(readSpimData(xml), xml); }

bool looksLikeBdvHdf5(const Location& hdf5) { return hasBdvGroups(hdf5) || findDescribingXml(hdf5); }

std::unique_ptr<Source> openBdvHdf5(const Location& hdf5) {
  if (std::optional<SpimData> described = findDescribingXml(hdf5)) return openListed(std::move(*described), hdf5);
  return openListed(listBdvHdf5(hdf5), hdf5);
}

bool looksLikeBdvN5(const Candidate& candidate) { return findBdvN5(candidate.location).has_value(); }

std::unique_ptr<Source> openBdvN5(const Location& picked) {
  const Location folder = findBdvN5(picked).value_or(picked);
  if (std::optional<SpimData> described = findDescribingXml(folder)) return openListed(std::move(*described), picked);
  return openListed(listBdvN5(folder), picked);
}

}  // namespace volary
