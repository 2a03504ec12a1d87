#pragma once

#include "gpu/fields.h"
#include "support/gpu/gpu_picture.h"
#include "support/oracles/cpu_ray_marcher.h"

#include <glm/gtc/matrix_transform.hpp>

#include <string>
#include <vector>

namespace volary::test {

inline const std::vector<dvec3> kThreeLevels = {dvec3(1), dvec3(2), dvec3(4, 4, 2)};

/// Draws the same picture with the GPU and with the reference renderer and returns how far apart they are.
inline Difference drawBoth(GpuScene& scene, const ReferenceInput& reference, const std::string& name) {
  DrawInput input = scene.input();
  input.regions = std::span(&reference.region, 1);
  input.worldFromVoxel = reference.worldFromVoxel;
  input.range = reference.range;
  input.mode = reference.mode;
  input.interpolation = reference.interpolation;
  input.samplesPerVoxel = reference.samplesPerVoxel;
  input.transfer = makeTransferTable(reference.transfer);
  input.opacityUnitWorld = reference.opacityUnitWorld;
  input.isoValue = reference.isoValue;
  input.attenuation = reference.attenuation;
  input.lighting = reference.lighting;
  if (reference.pixelsPerVoxel)
    input.detail = DetailRule{.pixelsPerVoxel = *reference.pixelsPerVoxel};
  else
    input.pinnedLevel = reference.level;
  input.planes.assign(reference.planes.begin(), reference.planes.end());
  input.slab = reference.slab;
  input.background = vec4(reference.background);
  const Rgba picture = scene.draw(input, reference.region.sizePx);
  const std::vector<dvec4> expected = drawReference(reference);
  writeTestPicture(picture, name);
  Rgba expectedPicture{.sizePx = picture.sizePx};
  for (const dvec4& colour : expected)
    for (int c = 0; c < 4; ++c) expectedPicture.bytes.push_back(static_cast<std::uint8_t>(255.0 * colour[c] + 0.5));
  writeTestPicture(expectedPicture, name + "-reference");
  return compare(picture, expected);
}

/// A registration with anisotropic voxels, rotated.
inline dmat4 skewTransform() {
  return glm::translate(dmat4(1.0), dvec3(40, -7, 3)) * glm::rotate(dmat4(1.0), 0.7, glm::normalize(dvec3(1, 2, -1))) *
         glm::scale(dmat4(1.0), dvec3(0.5, 0.4, 1.3));
}

}  // namespace volary::test
