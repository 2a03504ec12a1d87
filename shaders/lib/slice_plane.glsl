// An image on a slice plane that stands in the volume picture: its voxels on the plane or, if slices have a thickness, those
// along the plane's normal within the thickness.
#ifndef VOLARY_SLICE_PLANE_GLSL
#define VOLARY_SLICE_PLANE_GLSL

#include "lib/detail.glsl"
#include "lib/page_walk.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

// Which voxels of a thickness are shown.
SPECIAL(kConstantSlab) const uint kSlab = kSlabNone;

struct PlaneSample {
  bool found;   // false: no voxel of the image is there
  float texel;
  uint lack;    // by how many levels it is coarser than wanted
};

// `count` samples on a line through a point of the plane, `start` and then `step` world units from it.
struct PlaneLine {
  vec3 along;
  float depthRate;
  float start;
  float step;
  int count;
};

// A thickness is sampled as a slice of that thickness alone is, see lib/march.glsl: on a lattice that begins where the normal
// enters the volume, one sample a voxel of the level that the plane is shown in.
PlaneLine slabLine(vec3 point, PlaneHit hit, PlaneLine thin) {
  PlaneParams plane = SlicePlanes(draw.planesAddress).planes[hit.plane];
  Ray normal = Ray(point, plane.along);
  vec2 box = intersectBox(normal, vec3(0.0), draw.boxSize);
  Span span = shownSpan(normal, -draw.slabHalf, draw.slabHalf);
  float begin = max(box.x, span.begin);
  float end = min(box.y, span.end);
  uint level = kPinned != 0u ? draw.pinnedLevel : zoneAt(hit.t, 0u).level;
  float step = 1.0 / length(plane.along * draw.levels[level].levelFromEdge);
  float first = ceil((begin - box.x) / step - 0.5);
  int count = wholeOf(ceil((end - box.x) / step - 0.5) - first);
  if (begin >= end || count <= 0) return thin;
  return PlaneLine(plane.along, plane.depthRate, box.x + (first + 0.5) * step, step, count);
}

PlaneSample planeSampleAt(vec3 point, PlaneHit hit) {
  vec3 nearest = clamp(point, vec3(0.0), draw.boxSize);
  bool inside = all(lessThanEqual(abs(point - nearest), vec3(draw.walkAhead)));
  if (inside) point = nearest;
  PlaneLine line = PlaneLine(vec3(0.0), 0.0, 0.0, 0.0, int(inside));
  if (kSlab != kSlabNone) line = slabLine(point, hit, line);

  PlaneSample result = PlaneSample(false, 0.0, 0u);
  float found = 0.0;
  for (int k = 0; k < line.count; ++k) {
    float away = line.start + float(k) * line.step;
    Sample s;
    if (!sampleAt(point + away * line.along, hit.t + away * line.depthRate, s)) continue;
    if (kSlab == kSlabAverage)
      result.texel += s.texel;
    else if (!result.found || (kSlab == kSlabMinimum ? s.texel < result.texel : s.texel > result.texel))
      result.texel = s.texel;
    result.found = true;
    result.lack = max(result.lack, s.lack);
    found += 1.0;
  }
  if (kSlab == kSlabAverage && result.found) result.texel /= found;
  return result;
}

#endif
