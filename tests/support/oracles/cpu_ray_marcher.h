#pragma once

#include "scene/region.h"
#include "scene/transfer_function.h"
#include "scene/view.h"
#include "support/fakes/bricked_volume.h"

#include <functional>
#include <optional>
#include <vector>

namespace volary::test {

/// What the reference renderer draws: like DrawInput, with one level for all pixels or with the levels that they ask
/// for.
struct ReferenceInput {
  const ArrayVolume* volume = nullptr;
  int level = 0;
  /// If set, not `level` but the levels that the pixels ask for: see ReferenceLevels.
  std::optional<double> pixelsPerVoxel;
  dmat4 worldFromVoxel{1.0};
  ViewRegion region;
  ValueRange range;
  RenderMode mode = RenderMode::mip;
  int samplesPerVoxel = 1;
  /// Where in a step a pixel's ray is sampled, as a fraction of the step; none = in its middle.
  std::function<double(const ivec2& px)> phase;
  Interpolation interpolation = Interpolation::trilinear;
  TransferFunction transfer;
  double opacityUnitWorld = 1.0;
  double isoValue = 0.0;
  double attenuation = 0.05;
  Lighting lighting = Lighting::off;
  std::vector<Plane> planes;
  Slab slab = Slab::maximum;
  dvec4 background{0.0, 0.0, 0.0, 1.0};
};

/// Draws the region with whole arrays in double precision: no bricks, no page table, no GPU, and no code of the
/// renderer. Colours in [0, 1], row by row. Serves as oracle; slow.
std::vector<dvec4> drawReference(const ReferenceInput& input);

}  // namespace volary::test
