#pragma once

#include "formats/arrays/array_source.h"
#include "formats/zarr/node.h"
#include "formats/zarr/ome_metadata.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace volary::zarr {

/// A multiscale image of OME-NGFF, or a single array: its arrays open, its metadata understood. The lists of levels run in
/// parallel, finest first.
struct OmeImage {
  std::filesystem::path folder;
  std::string format;      ///< "OME-Zarr 0.4", "Zarr v3 array"
  std::string name;
  arrays::AxisRoles roles;
  std::vector<std::shared_ptr<const arrays::StoredArray>> arrays;
  std::vector<dvec3> factors;
  std::int64_t channels = 1;
  std::int64_t timepoints = 1;
  dvec3 voxelSize{1.0};
  std::string unit;
  dmat4 worldFromVoxel{1.0};
  std::vector<OmeChannel> channelInfo;   ///< may be shorter or longer than `channels`
  std::vector<std::string> warnings;
};

/// Throws Error, "FOLDER: cause", if no level can be shown.
OmeImage openMultiscale(const Node& group);

/// A single array as an image of one level.
OmeImage openSingleArray(const Node& array);

/// One channel at one time. Throws Error if there is none.
arrays::ArrayImage makeArrayImage(const OmeImage& image, std::int64_t channel, std::int64_t time);

}  // namespace volary::zarr
