#pragma once

#include "pyramid/brick.h"
#include "sidecar/plane_layers.h"

#include <cstddef>
#include <cstdint>
#include <vector>

/// What is shown of a level that is still to be made, where a plane is looked at.
namespace volary {

/// A level that chunks stand in for, and what they are made from.
struct StandInSource {
  const PyramidJob& job;
  const LevelInfo& preview;
  const std::vector<std::byte>& previewVoxels;
  const PlaneLayers& layers;
};

/// The voxels of a chunk of the job's `level`: those of the layers that are there, as they will be; of others the
/// preview's nearest.
std::vector<std::byte> makeStandIn(const StandInSource& source, int level, const i64vec3& chunk);

/// A number that tells apart what makeStandIn() gives for the chunks of a brick at different times; 0 while the layers
/// that the view shows it by are not there, or it is not looked at by a plane.
std::uint64_t findStandIn(const PyramidJob& job, const PlaneLayers& layers, int level, const ivec3& brick);

}  // namespace volary
