#version 460
#extension GL_GOOGLE_include_directive : require
// Maximum projection in which bright voxels dim those behind them, so that one sees which structure is in front.
//
// Based on: napari's attenuated_mip, whose steps become lengths here, so that the picture does not depend on the step.

#include "lib/bindings.glsl"
#include "lib/cells.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

struct Accumulator {
  float grey;       // the greatest, dimmed, in [0, 1]; negative = no sample yet
  float light;      // what is left of it at this depth
  float stepUnits;
};

float shown(Accumulator result, float texel) { return clamp(greyOf(texel), 0.0, 1.0) * result.light; }

Accumulator beginRay(Ray ray, float tBegin) { return Accumulator(-1.0, 1.0, 0.0); }
void beginLevel(inout Accumulator result, Ray ray, float dt) { result.stepUnits = dt * unitsOf(ray.direction); }

void gather(inout Accumulator result, Sample s) {
  result.grey = max(result.grey, shown(result, s.texel));
  float grey = clamp(greyOf(s.texel), 0.0, 1.0);
  if (grey > 0.0) result.light *= exp(-allDraw.attenuation * result.stepUnits * grey);
}

void gatherPlane(inout Accumulator result, float texel) { result.grey = max(result.grey, shown(result, texel)); }

// Black is no brighter than anything, and dims nothing.
bool canSkip(Accumulator result, vec2 texels) { return result.grey >= 0.0 && greyRange(texels).y <= 0.0; }

bool isDone(Accumulator result) { return result.light <= result.grey; }
float decisionOf(Accumulator result) { return result.grey; }
Shown shownOf(Accumulator result, Ray ray) { return result.grey >= 0.0 ? shownGrey(result.grey) : shownNothing(); }

#include "lib/march_pixel.glsl"
