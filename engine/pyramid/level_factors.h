#pragma once

#include "base/geometry.h"

namespace volary {

/// The factor of a level that states none, from the sizes: the integer that gives them, rounded up or down, or else
/// their ratio.
dvec3 guessFactor(const i64vec3& full, const i64vec3& size);

/// Whether a stated factor can be meant: it is within twice and half of the ratio of the sizes, which rounding and
/// cropping explain. Levels of a few voxels prove nothing.
bool isPlausibleFactor(const dvec3& factor, const i64vec3& full, const i64vec3& size);

}  // namespace volary
