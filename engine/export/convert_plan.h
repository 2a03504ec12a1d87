#pragma once

#include "build/block_runner.h"
#include "export/convert.h"

#include <string>
#include <vector>

namespace volary {

enum class ConvertFormat { bdvHdf5, omeZarr };

/// All that is to be written; made before anything is written.
struct ConvertPlan {
  ConvertFormat format = ConvertFormat::bdvHdf5;
  Dataset dataset;               ///< of the output: the chosen setups and time points, cropped and calibrated
  std::vector<PyramidJob> jobs;  ///< the images that are present, setup by setup
  std::string description;       ///< one JSON object, equal for all runs that write the same

  std::uint64_t voxelBytes() const;  ///< of level 0 of all images
  std::uint64_t largestOutput()
      const;  ///< bytes of all levels' chunks if nothing can be compressed, and of what lies beside
};

/// Throws Error, naming the source, if the options don't fit the source.
ConvertPlan makeConvertPlan(Source& source, ConvertFormat format, const ConvertOptions& options);

}  // namespace volary
