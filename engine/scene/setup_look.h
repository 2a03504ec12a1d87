#pragma once

#include "pyramid/dataset.h"

#include <optional>
#include <vector>

namespace volary {

/// How one setup is shown.
struct SetupLook {
  int setup = 0;                    ///< id
  bool visible = true;              ///< in a picture of several; a setup that is shown alone is shown in any case
  dvec3 colour{1.0};                ///< r, g, b in [0, 1]: that of the brightest voxels
  std::optional<ValueRange> range;  ///< contrast; absent = the view's
  bool operator==(const SetupLook&) const = default;
};

/// The channel of each setup, numbered from 0 in the order of the setups. It is the file's, if the file states it for
/// all setups. Otherwise setups at the same place are different channels, and setups at different places (tiles,
/// angles) are the same one.
std::vector<int> findChannels(const Dataset& dataset);

/// A look for each setup, all visible. One channel is white; of several, each has the colour that the file suggests,
/// unless it suggests the same for all, or the next of green, magenta, cyan, yellow, red, blue.
std::vector<SetupLook> makeLooks(const Dataset& dataset);

/// True if the dataset is some channels of one image, which belong in one picture. Tiles and angles are shown one at a
/// time until somebody asks for all, as there may be hundreds of them, and as BigDataViewer does.
bool isOneImageInChannels(const Dataset& dataset);

}  // namespace volary
