#pragma once

#include "pyramid/dataset.h"

#include <filesystem>
#include <string>
#include <vector>

namespace volary {

/// A file that holds the images of some setups at some time points, which the master .h5 links to.
struct BdvPartition {
  std::string file;             ///< relative to the XML's folder
  std::vector<int> timepoints;  ///< ids
  std::vector<int> setups;      ///< ids
};

/// makeBdvXml's input beside the Dataset.
struct BdvXmlFiles {
  std::string hdf5Name;  ///< relative to the XML's folder
  std::vector<BdvPartition> partitions;
  std::string comment;  ///< stands first; may be empty
};

/// The XML beside a BigDataViewer .h5, as Fiji's exporter writes it: SpimData 0.2, one channel for each setup, the
/// registrations as one calibration affine each. `fullSizes` holds the size in voxels of each setup.
std::string makeBdvXml(const Dataset& dataset, const std::vector<i64vec3>& fullSizes, const BdvXmlFiles& files);

}  // namespace volary
