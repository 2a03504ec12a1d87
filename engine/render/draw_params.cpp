#include "render/draw_params.h"

#include "base/error.h"
#include "pyramid/brick.h"
#include "pyramid/level_transform.h"
#include "scene/clip.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>
#include <limits>
#include <vector>

namespace volary {

uvec2 splitAddress(VkDeviceAddress address) {
  return {static_cast<std::uint32_t>(address), static_cast<std::uint32_t>(address >> 32)};
}

namespace {

/// The rays, in edge space.
void writeRays(shared::DrawParams& params, const ViewRegion& region, const dmat4& edgeFromWorld,
               const dvec3& boxCentreWorld) {
  // Orthographic rays begin at the camera's plane, which may be far away; beginning beside the volume instead keeps the
  // float precision where it is needed.
  double forward = 0.0;
  if (region.kind == RegionKind::volume && !region.perspective())
    forward =
        glm::dot(boxCentreWorld - region.origin0, region.direction0) / glm::dot(region.direction0, region.direction0);
  params.origin0 = vec3(transformPoint(edgeFromWorld, region.origin0 + forward * region.direction0));
  params.originDx = vec3(transformDirection(edgeFromWorld, region.originDx));
  params.originDy = vec3(transformDirection(edgeFromWorld, region.originDy));
  params.direction0 = vec3(transformDirection(edgeFromWorld, region.direction0));
  params.directionDx = vec3(transformDirection(edgeFromWorld, region.directionDx));
  params.directionDy = vec3(transformDirection(edgeFromWorld, region.directionDy));
  // A slab's rays go along the plane's unit normal.
  const bool slab = region.kind == RegionKind::slice;
  params.tMin = static_cast<float>(slab ? -0.5 * region.slabWorld : -forward);
  params.tMax = slab ? static_cast<float>(0.5 * region.slabWorld) : std::numeric_limits<float>::max();
}

static_assert(6 + Clip::kMostPlanes <= shared::kMaxClipPlanes);

void writeClip(shared::DrawParams& params, const ViewRegion& region, const dmat4& worldFromEdgeSpace) {
  assert(region.clip.size() <= shared::kMaxClipPlanes);
  params.clipCount = static_cast<std::uint32_t>(region.clip.size());
  for (std::size_t i = 0; i < region.clip.size(); ++i) {
    const dvec4 plane = glm::transpose(worldFromEdgeSpace) * region.clip[i];
    params.clip[i] = vec4(plane / glm::length(dvec3(plane)));
  }
}

/// The planes in edge space, staged for the frame's commands.
VkDeviceAddress stagePlanes(gpu::Frame& frame, const DrawInput& input, const ViewRegion& region) {
  const dmat4 worldFromEdgeSpace = worldFromEdge(input.worldFromVoxel);
  const dmat4 edgeFromWorld = glm::inverse(worldFromEdgeSpace), edgeFromWorldPlane = glm::transpose(worldFromEdgeSpace);
  // A parallel ray shows the same detail at every depth.
  const dvec3 deeper = region.perspective() ? viewNormal(region) : dvec3(0.0);
  const gpu::Staging staged = frame.stage(input.planes.size() * sizeof(shared::PlaneParams));
  for (std::size_t i = 0; i < input.planes.size(); ++i) {
    const Plane& one = input.planes[i];
    const dvec4 plane = edgeFromWorldPlane * dvec4(one.normal, -one.offset);
    const shared::PlaneParams params{.plane = vec4(plane / glm::length(dvec3(plane))),
                                     .along = vec3(transformDirection(edgeFromWorld, one.normal)),
                                     .depthRate = static_cast<float>(glm::dot(one.normal, deeper))};
    std::memcpy(staged.mapped + i * sizeof(params), &params, sizeof(params));
  }
  return staged.address;
}

using shared::kNever;

float finite(double depth) { return static_cast<float>(std::clamp<double>(depth, -kNever, kNever)); }

void writeLevels(shared::DrawParams& params, const DrawInput& input, const ViewRegion& region) {
  const ImagePyramid& pyramid = *input.pyramid;
  params.levelCount = static_cast<std::uint32_t>(pyramid.levels.size());
  FrameVector<LevelDepths> depths(pyramid.levels.size(), LevelDepths{kNever, kNever});
  if (input.detail && !input.pinnedLevel)
    depths = findLevelDepths(region, input.worldFromVoxel, pyramid.levels, *input.detail);
  for (std::size_t i = 0; i < pyramid.levels.size(); ++i) {
    const LevelInfo& level = pyramid.levels[i];
    params.levels[i] = {.levelFromEdge = vec3(1.0 / level.factor),
                        .factor = vec3(level.factor),
                        .sizeVoxels = vec3(level.sizeVoxels),
                        .lastBrick = vec3(brickGrid(level) - 1),
                        .fadeFrom = finite(depths[i].fadeFrom),
                        .enoughFrom = finite(depths[i].enoughFrom)};
  }
}

void writeContrast(shared::DrawParams& params, const TexelScale& valueFromTexel, const ValueRange& range) {
  const auto texelFromValue = [&](double value) { return (value - valueFromTexel.offset) / valueFromTexel.scale; };
  const double zero = texelFromValue(range.min);
  double span = texelFromValue(range.max) - zero;
  // An empty range is a threshold: so narrow that no two texels lie inside.
  if (span == 0.0) span = 1e-9 * std::max(1.0, std::abs(zero));
  params.greyZero = static_cast<float>(zero);
  params.greyScale = static_cast<float>(1.0 / span);
  params.texelLow = static_cast<float>(std::min(zero, zero + span));
  params.texelHigh = static_cast<float>(std::max(zero, zero + span));
}

void writeTexels(shared::DrawParams& params, const TexelStore& texels) {
  const TexelStoreSettings& settings = texels.settings();
  params.slotGrid = uvec3(settings.slotGrid);
  params.cacheFromTexel = vec3(1.0 / dvec3(settings.slotGrid * settings.slotTexels));
  params.texelsAddress = splitAddress(texels.address());
  params.slotTexels = uvec3(settings.slotTexels);
  params.texelScale = settings.format == PageFormat::r8    ? 1.0f / 255.0f
                      : settings.format == PageFormat::r16 ? 1.0f / 65535.0f
                                                           : 1.0f;
}

void writeJitter(shared::DrawParams& params, const Jitter& jitter) {
  params.noiseAddress = splitAddress(jitter.buffers->noise());
  params.phaseShift = static_cast<float>(phaseShift(jitter.picture, jitter.pictures));
  if (!jitter.addsUp) return;
  params.sumsAddress = splitAddress(jitter.buffers->sums());
  params.sumsPerRow = static_cast<std::uint32_t>(jitter.buffers->sizePx().x);
  params.picturesBefore = static_cast<std::uint32_t>(jitter.picture);
}

/// What only some modes need: lengths and normals in units of the opacity, and the surface's value.
void writeMode(shared::DrawParams& params, const DrawInput& input, const dvec3& size) {
  const dmat3 world(input.worldFromVoxel);
  const double unit =
      input.opacityUnitWorld.value_or(std::min({glm::length(world[0]), glm::length(world[1]), glm::length(world[2])}));
  const dmat3 unitsFromEdge = world / unit;
  params.unitsX = vec3(unitsFromEdge[0]);
  params.unitsY = vec3(unitsFromEdge[1]);
  params.unitsZ = vec3(unitsFromEdge[2]);
  const dmat3 normals = glm::transpose(glm::inverse(unitsFromEdge));
  params.normalX = vec3(normals[0]);
  params.normalY = vec3(normals[1]);
  params.normalZ = vec3(normals[2]);

  const double iso = input.isoValue.value_or(0.5 * (input.range.min + input.range.max));
  params.isoTexel = static_cast<float>((iso - input.valueFromTexel.offset) / input.valueFromTexel.scale);
  params.attenuation = static_cast<float>(input.attenuation);
  if (input.mode != RenderMode::sum) return;
  double longest = 0.0;
  for (int axis = 0; axis < 3; ++axis) longest = std::max(longest, size[axis] * glm::length(unitsFromEdge[axis]));
  params.sumUnits = static_cast<float>(longest);
}

/// All parameters but those that the frame stages.
shared::DrawParams makeDrawParams(const VolumeCache& cache, const DrawInput& input, const ViewRegion& region) {
  const ImagePyramid& pyramid = *input.pyramid;
  if (pyramid.levels.size() > kMaxLevels)
    fail("an image with {} levels can't be drawn; {} is the most", pyramid.levels.size(), kMaxLevels);
  const dmat4 worldFromEdgeSpace = worldFromEdge(input.worldFromVoxel);
  const dmat4 edgeFromWorld = glm::inverse(worldFromEdgeSpace);
  const dvec3 size = fullSizeVoxels(pyramid);

  shared::DrawParams params{};
  params.offsetPx = region.offsetPx;
  writeRays(params, region, edgeFromWorld, transformPoint(worldFromEdgeSpace, 0.5 * size));
  writeClip(params, region, worldFromEdgeSpace);
  if (region.kind == RegionKind::volume) {
    params.planeCount = static_cast<std::uint32_t>(input.planes.size());
    params.slabHalf = static_cast<float>(0.5 * region.slabWorld);
    if (input.jitter) writeJitter(params, *input.jitter);
  }

  params.boxSize = vec3(size);
  // Rounding errors of a position grow with the distances that it is computed from; 2^-21 is eight units in the last
  // place. A thousandth of a voxel is the least, and is not seen.
  const double reach = glm::length(size) + glm::length(dvec3(params.origin0));
  params.walkAhead = static_cast<float>(0x1p-10 + reach * 0x1p-21);
  params.samplesPerVoxel = static_cast<float>(input.samplesPerVoxel);
  params.imageIndex = input.imageIndex;
  params.pinnedLevel = input.pinnedLevel ? static_cast<std::uint32_t>(*input.pinnedLevel) : shared::kNoLevel;
  writeLevels(params, input, region);

  params.tableAddress = splitAddress(cache.pageTableAddress());
  params.tableMask = cache.pageTableEntries() - 1;
  params.tableMaxProbe = cache.pageTableMaxProbe();
  params.ghostsFrom = input.findsFinerGhosts ? 0 : shared::kNoLevel;
  if (input.feedback) params.feedbackAddress = splitAddress(input.feedback->address());
  writeTexels(params, input.dense ? input.dense->texels() : cache.texels());
  params.cellsAddress = splitAddress(cache.cells().address());

  writeContrast(params, input.valueFromTexel, input.range);
  params.colour = vec3(input.colour);
  writeMode(params, input, size);
  params.background = input.background;
  return params;
}

}  // namespace

shared::DrawParams stageDrawParams(gpu::Frame& frame, const VolumeCache& cache, const DrawInput& input,
                                   const ViewRegion& region, const PixelRect& rect, VkDeviceAddress transfer) {
  shared::DrawParams params = makeDrawParams(cache, input, region);
  params.beginPx = rect.begin;
  params.endPx = rect.end;
  params.transferAddress = splitAddress(transfer);
  if (params.planeCount > 0) params.planesAddress = splitAddress(stagePlanes(frame, input, region));
  return params;
}

}  // namespace volary
