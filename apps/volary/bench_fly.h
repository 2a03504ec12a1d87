#pragma once

#include "pyramid/dataset.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace volary {

/// One flight: the first view from nothing to converged, then the path, then its last view until that has converged.
struct FlyRun {
  double msFirstPicture = 0;   ///< until the picture has no hole
  double msConverged = 0;      ///< until it is complete and sharp
  std::vector<double> stillMs;   ///< of each whole picture of the first view, all of it resident
  std::vector<double> flightMs;  ///< of each frame of the path
  double msSettled = 0;        ///< from the path's end until converged
  int holes = 0;               ///< frames of the path in which something of the coarsest level was missing
  // From the beginning to the end:
  std::uint64_t bytesRead = 0;
  std::uint64_t bytesDecoded = 0;
  std::uint64_t bytesUploaded = 0;
};

struct FlyReport {
  std::string file;
  std::string device;
  std::string flight;
  std::string mode;
  i64vec3 sizeVoxels{0};
  ivec2 sizePx{0};
  std::string coldNote;      ///< why the file was in memory all the same; empty if it was not
  FlyRun cold, warm;

  /// The 99th percentile of the cold flight's frames over the warm one's.
  double streamingRatio() const;
};

/// For people, and as one JSON object.
std::string makeFlyText(const FlyReport& report);
std::string makeFlyJson(const FlyReport& report);

}  // namespace volary
