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

/// What a file says of a level.
struct LevelDescription {
  std::string name;
  std::optional<LevelPlace> place;
};

/// Places an image whose arrays and roles are known: the finest level says where it is, the scales against it give the
/// factors, or the sizes do where a level states none or one that can't be meant. What is not honoured is warned of.
void placeLevels(MultiscaleImage& image, std::span<const LevelDescription> levels);

}  // namespace volary::arrays
