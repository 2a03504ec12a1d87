#include "formats/arrays/level_places.h"

#include "pyramid/level_factors.h"

#include <fmt/format.h>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>

namespace volary::arrays {

namespace {

// A level that is farther than this from the place that its scale gives, in its own voxels, gets a warning.
constexpr double kMaxShift = 0.5;

bool isSound(const LevelPlace& place) {
  for (int axis = 0; axis < 3; ++axis)
    if (!(place.scale[axis] > 0 && std::isfinite(place.scale[axis]) && std::isfinite(place.translation[axis])))
      return false;
  return true;
}

/// Levels share their corner here (voxel0 = factor * voxel + (factor - 1) / 2), whatever they state.
double shiftOf(const LevelPlace& place, const LevelPlace& finest) {
  const dvec3 expected = finest.translation + 0.5 * (place.scale - finest.scale);
  const dvec3 shift = glm::abs(place.translation - expected) / place.scale;
  return std::max({shift.x, shift.y, shift.z});
}

}  // namespace

void placeLevels(MultiscaleImage& image, std::span<const LevelDescription> levels) {
  const auto sizeOf = [&](std::size_t level) { return volumeSize(image.arrays[level]->layout(), image.roles); };
  const bool isPlaced = levels[0].place && isSound(*levels[0].place);
  if (levels[0].place && !isPlaced)
    image.warnings.emplace_back("the scale of its finest level is not sound; voxels of size 1 are assumed");
  const LevelPlace finest = isPlaced ? *levels[0].place : LevelPlace{};
  image.voxelSize = finest.scale;
  image.worldFromVoxel = glm::scale(glm::translate(dmat4(1.0), finest.translation), finest.scale);
  for (std::size_t i = 0; i < levels.size(); ++i) {
    const std::optional<LevelPlace>& place = levels[i].place;
    const bool isStated = isPlaced && place && isSound(*place);
    const dvec3 stated = isStated ? place->scale / finest.scale : dvec3(1.0);
    const bool isUsable = isStated && isPlausibleFactor(stated, sizeOf(0), sizeOf(i));
    image.factors.push_back(isUsable ? stated : guessFactor(sizeOf(0), sizeOf(i)));
    if (isPlaced && place && !isUsable)
      image.warnings.push_back(
          fmt::format("the scale of level {} does not go with its size; it is placed by its size", levels[i].name));
    if (!isUsable || !place->isTranslated) continue;
    if (const double shift = shiftOf(*place, finest); shift > kMaxShift + 1e-6)
      image.warnings.push_back(
          fmt::format("level {} is translated by {:.3g} of its voxels against the finest level, which is not shown",
                      levels[i].name, shift));
  }
}

}  // namespace volary::arrays
