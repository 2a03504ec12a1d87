#pragma once

#include "pyramid/dataset.h"

/// A dataset of one image, and a pyramid of one level, for tests that need no more.
namespace volary::test {

inline Dataset oneImage(const dmat4& worldFromVoxel) {
  Dataset dataset;
  dataset.timepoints = {0};
  dataset.setups = {Setup{.id = 5, .worldFromVoxel = {worldFromVoxel}, .present = {true}}};
  return dataset;
}

inline ImagePyramid onePyramid(const i64vec3& size, const dvec3& factor = dvec3(1)) {
  return {.voxelType = VoxelType::uint8,
          .levels = {{.sizeVoxels = size, .factor = factor, .chunkVoxels = {16, 16, 16}}}};
}

}  // namespace volary::test
