#pragma once

#include "formats/hdf5_image/hdf5_file.h"
#include "pyramid/dataset.h"

#include <string>
#include <vector>

namespace volary {

/// What an Imaris file says about itself.
struct ImarisInfo {
  Dataset dataset;
  std::vector<int> levels;  ///< the numbers R of "ResolutionLevel R", ascending
};

/// Reads the texts of an Imaris file and lists what is there. Throws Error if there is no channel or time point.
ImarisInfo readImarisInfo(const Hdf5File& file);

/// "DataSet/ResolutionLevel 0/TimePoint 0/Channel 0"
std::string imarisChannelObject(int level, int timepoint, int channel);

}  // namespace volary
