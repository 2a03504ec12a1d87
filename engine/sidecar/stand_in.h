#pragma once

#include "pyramid/brick.h"
#include "sidecar/plane_layers.h"

#include <cstddef>
#include <cstdint>
#include <vector>

/// Stand-ins for the chunks of a level that is still to be made, for planes in view.
namespace volary {

/// What stand-ins are made from.
struct StandInSource {
  const PyramidJob& job;
  const LevelInfo& preview;
  const std::vector<std::byte>& previewVoxels;
  const PlaneLayers& layers;
};

/// The voxels of a chunk of the job's `level`: final ones in layers that are there, the preview's nearest in others.
std::vector<std::byte> makeStandIn(const StandInSource& source, int level, const i64vec3& chunk);

/// A version of makeStandIn()'s results for the chunks of a brick, which changes when they do. 0 while the layers in
/// which the view shows the brick are not there, or if no plane in view meets it.
std::uint64_t findStandIn(const PyramidJob& job, const PlaneLayers& layers, int level, const ivec3& brick);

}  // namespace volary
