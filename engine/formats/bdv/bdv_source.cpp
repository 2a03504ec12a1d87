#include "formats/bdv/bdv_source.h"

#include "base/error.h"
#include "formats/hdf5_image/hdf5_baseline.h"
#include "formats/bdv/bdv_files.h"
#include "formats/bdv/bdv_image.h"
#include "formats/bdv/bdv_listing.h"
#include "formats/bdv/spim_data.h"

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>

namespace volary {

namespace {

class BdvSource final : public Source, public MeasurableSource {
 public:
  BdvSource(SpimData data, std::filesystem::path opened, std::optional<std::filesystem::path> master)
      : files_(opened, std::move(master), data) {
    dataset_.format = data.loaderFormat;
    dataset_.file = std::move(opened);
    dataset_.timepoints = data.timepoints;
    std::size_t unregistered = 0;
    for (const SpimSetup& setup : data.setups) dataset_.setups.push_back(makeSetup(setup, data, unregistered));
    dataset_.warnings = std::move(data.warnings);
    if (unregistered > 0)
      dataset_.warnings.push_back(
          fmt::format("{} of {} images have no registration; they are placed at the origin, scaled by their voxel size",
                      unregistered, data.setups.size() * data.timepoints.size()));
  }

  const Dataset& dataset() const override { return dataset_; }

  const ImagePyramid& pyramid(ImageId image) override { return this->image(image).pyramid; }

  std::uint64_t countBytesStored(ImageId image, int level) override {
    return reader_.countBytesStored(this->image(image).levels.at(level));
  }

  std::unique_ptr<LevelBaseline> openBaseline(ImageId image, int level) override {
    return openHdf5Baseline(this->image(image).levels.at(level));
  }

  RawChunk readChunk(const ChunkKey& key) override {
    return reader_.readChunk(image(key.image).levels.at(key.level), key.chunk);
  }

  void decodeChunk(const ChunkKey& key, const RawChunk& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch) override {
    reader_.decodeChunk(image(key.image).levels.at(key.level), key.chunk, raw, voxels, scratch);
  }

 private:
  Setup makeSetup(const SpimSetup& stated, const SpimData& data, std::size_t& unregistered) const {
    Setup setup{.id = stated.id,
                .name = stated.name,
                .voxelSize = stated.voxelSize.value_or(dvec3(1.0)),
                .unit = stated.unit,
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

  SpimView viewOf(ImageId id) const {
    return {dataset_.timepoints.at(id.timepoint), dataset_.setups.at(id.setup).id};
  }

  const BdvImage& image(ImageId id) {
    {
      const std::shared_lock lock(imagesMutex_);
      if (const auto found = images_.find(id); found != images_.end()) return found->second;
    }
    const SpimView view = viewOf(id);
    const std::string what =
        fmt::format("{}: time point {}, setup {}", dataset_.file.string(), view.first, view.second);
    if (!dataset_.setups[id.setup].present[id.timepoint]) fail("{}: the file says that this view is missing", what);
    BdvImage image = readBdvImage(files_, view, what);
    // If two threads came here for the same image, the first one's stays.
    const std::unique_lock lock(imagesMutex_);
    return images_.try_emplace(id, std::move(image)).first->second;
  }

  Dataset dataset_;
  BdvFiles files_;
  std::shared_mutex imagesMutex_;
  std::map<ImageId, BdvImage> images_;  // a map: references to its values stay valid
  Hdf5LevelReader reader_{files_.files()};
};

std::unique_ptr<Source> openListed(SpimData data, const std::filesystem::path& opened) {
  if (!data.loaderFormat.starts_with("bdv.hdf5"))
    fail("{}: its images are in the format {}, which is not supported yet", opened.string(), data.loaderFormat);
  std::optional<std::filesystem::path> master = findMasterFile(data);
  // Opened once, so that a file that is no HDF5 is refused now and not with the first brick.
  if (master) Hdf5File{*master};
  return std::make_unique<BdvSource>(std::move(data), opened, std::move(master));
}

}  // namespace

std::unique_ptr<Source> openBdvXml(const std::filesystem::path& xml) { return openListed(readSpimData(xml), xml); }

std::unique_ptr<Source> openBdvHdf5(const std::filesystem::path& hdf5) {
  if (std::optional<SpimData> described = findDescribingXml(hdf5)) return openListed(std::move(*described), hdf5);
  return openListed(listBdvHdf5(hdf5), hdf5);
}

}  // namespace volary
