#pragma once

#include "formats/arrays/multiscale_image.h"

#include <optional>
#include <span>
#include <string>

namespace volary::arrays {

/// Scale and translation of a level's voxels in world units, in x, y, z.
struct LevelPlace {
  dvec3 scale{1.0};
  dvec3 translation{0.0};
  bool isTranslated = false;  ///< a translation of its own is stated
};

/// What a file says about a level.
struct LevelDescription {
  std::string name;
  std::optional<LevelPlace> place;
};

/// Places an image whose arrays and roles are known: the finest level gives the place, and the other scales relative to
/// it give the factors. If a level states no scale or an implausible one, the sizes give its factor. What is ignored
/// becomes a warning.
void placeLevels(MultiscaleImage& image, std::span<const LevelDescription> levels);

}  // namespace volary::arrays
