#pragma once

#include "formats/synthetic/field.h"
#include "formats/synthetic/options.h"

#include <memory>

/// Fields whose value anyone can compute on paper; tests and benchmarks compare against them.
namespace volary {

/// offset + dot(slope, full-resolution voxel) + setup + 10 * timepoint. Averaging a linear function gives the function
/// at the centre, so it is exact at every level while the value fits float32. Keys: slope (1), offset (0).
std::unique_ptr<Field> makeRampField(SyntheticOptions& options);

/// value + setup + 10 * timepoint. Keys: value (100).
std::unique_ptr<Field> makeConstantField(SyntheticOptions& options);

/// `inside` within a ball around the middle of the image, `outside` elsewhere, measured in full-resolution voxels. A
/// coarser voxel has the mean of its finer ones: exactly if it holds up to 4 along an axis; beyond that, the mean of 4
/// evenly spaced samples along an axis. Keys: radius (0.4 of the shortest side), inside (200), outside (0).
std::unique_ptr<Field> makeSphereField(SyntheticOptions& options, const i64vec3& sizeVoxels);

}  // namespace volary
