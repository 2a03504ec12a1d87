#pragma once

#include "pyramid/dataset.h"

#include <filesystem>
#include <string>
#include <vector>

namespace volary {

/// The XML beside a BigDataViewer .h5, as Fiji's exporter writes it: SpimData 0.2, one channel for each setup, the
/// registrations as one calibration affine each. `fullSizes` holds the size in voxels of each setup; `hdf5Name` is
/// relative to the XML's folder.
std::string makeBdvXml(const Dataset& dataset, const std::vector<i64vec3>& fullSizes, const std::string& hdf5Name);

}  // namespace volary
