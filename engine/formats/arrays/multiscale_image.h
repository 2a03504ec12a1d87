#pragma once

#include "formats/arrays/array_source.h"
#include "storage/location.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace volary::arrays {

struct ChannelInfo {
  std::string label;
  std::optional<dvec3> colour;  ///< r, g, b in [0, 1]
  std::optional<ValueRange> window;
  bool active = true;
};

/// An image of several channels and times whose levels are stored arrays: arrays open, metadata understood. `arrays`
/// and `factors` are parallel, finest level first.
struct MultiscaleImage {
  Location folder;
  std::string format;  ///< as Dataset has it: "OME-Zarr 0.4", "Zarr v3 array", "N5"
  std::string name;
  AxisRoles roles;
  std::vector<std::shared_ptr<const StoredArray>> arrays;
  std::vector<dvec3> factors;
  std::int64_t channels = 1;
  std::int64_t timepoints = 1;
  dvec3 voxelSize{1.0};
  std::string unit = "pixel";
  dmat4 worldFromVoxel{1.0};
  std::vector<ChannelInfo> channelInfo;  ///< may be shorter or longer than `channels`
  std::vector<std::string> warnings;
};

/// One channel at one time. Throws Error if there is none.
ArrayImage makeArrayImage(const MultiscaleImage& image, std::int64_t channel, std::int64_t time);

/// Numbers the time points of a dataset from 0. Throws Error, naming `folder`, if there are absurdly many.
void setTimepoints(Dataset& dataset, std::int64_t count, const Location& folder);

/// Which channel of which image a setup shows.
struct SetupPlace {
  std::size_t image = 0;
  std::int64_t channel = 0;
};

/// Adds one setup for each channel of `image`; setups are not present at time points that it lacks. `prefix` begins
/// their names if there are several images. `places` gets one element for each setup. Throws Error if there are
/// absurdly many.
void addSetups(Dataset& dataset, std::vector<SetupPlace>& places, std::size_t imageIndex, const MultiscaleImage& image,
               const std::string& prefix);

/// Adds the warnings of an image to those of the dataset.
void addWarnings(Dataset& dataset, const MultiscaleImage& image, const std::string& prefix);

}  // namespace volary::arrays
