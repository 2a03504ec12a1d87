#pragma once

#include "base/geometry.h"

namespace volary {

/// The factor of a level that states none, from the sizes: the integer that gives `size`, rounded up or down, or else
/// the ratio of the sizes.
dvec3 guessFactor(const i64vec3& full, const i64vec3& size);

/// Whether a stated factor is plausible: between half and twice the ratio of the sizes, which rounding and cropping can
/// explain. Levels of a few voxels prove nothing.
bool isPlausibleFactor(const dvec3& factor, const i64vec3& full, const i64vec3& size);

}  // namespace volary
