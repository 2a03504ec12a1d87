#pragma once

#include "pyramid/dataset.h"

#include <optional>
#include <vector>

namespace volary {

/// How one setup is shown.
struct SetupLook {
  int setup = 0;                    ///< id
  bool visible = true;              ///< in a picture of several setups; a setup alone is always shown
  dvec3 colour{1.0};                ///< r, g, b in [0, 1]: that of the brightest voxels
  std::optional<ValueRange> range;  ///< contrast; absent = the view's
  bool operator==(const SetupLook&) const = default;
};

/// The channel of each setup, numbered from 0 in the order of the setups. They are the file's, if it states them for
/// all setups. Otherwise setups at the same place are different channels, and setups at different places (tiles,
/// angles) are the same channel.
std::vector<int> findChannels(const Dataset& dataset);

/// A look for each setup, all visible. A single channel is white. Several have the colours that the file suggests,
/// unless it suggests the same for all; otherwise they take turns in green, magenta, cyan, yellow, red, blue.
std::vector<SetupLook> makeLooks(const Dataset& dataset);

/// True if the setups of the dataset are channels of one image, which belong in one picture. Tiles and angles are shown
/// one at a time until somebody asks for all, as there may be hundreds of them, and as BigDataViewer does.
bool isOneImageInChannels(const Dataset& dataset);

}  // namespace volary
