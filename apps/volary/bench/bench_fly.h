#pragma once

#include "pyramid/dataset.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace volary {

/// The first view of a flight, from the opening of the file on.
struct FlyOpening {
  double msFirstPicture = 0;    ///< until the picture has no hole
  double msConverged = 0;       ///< until it is complete and sharp
  std::vector<double> stillMs;  ///< of each whole picture after that, everything resident
};

/// One flight.
struct FlyRun {
  std::vector<double> flightMs;  ///< of each frame
  double msSettled = 0;          ///< from the last frame until its view has converged
  int holes = 0;                 ///< frames in which something of the coarsest level was missing
  // Since the opening, or since the flight before:
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
  std::string coldNote;  ///< why the file was still in memory; empty if it was not
  FlyOpening opening;
  FlyRun cold, warm;

  /// The 99th percentile of the cold flight's frame times, divided by that of the warm flight's.
  double streamingRatio() const;
};

/// For people, and as one JSON object.
std::string makeFlyText(const FlyReport& report);
std::string makeFlyJson(const FlyReport& report);

}  // namespace volary
