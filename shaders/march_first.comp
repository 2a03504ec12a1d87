#version 460
#extension GL_GOOGLE_include_directive : require
// First hit: the first peak along the ray that reaches the iso value. Shows the structure in front with its own brightness; a
// maximum projection shows the brightest one, near or far.
//
// Based on: Sato, Shiraga, Nakajima, Tamura, Kikinis: Local Maximum Intensity Projection (LMIP): A New Rendering Method for
// Vascular Visualization (1998).

#include "lib/bindings.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

struct Accumulator {
  float texel;    // the greatest since the iso value was reached; -kNever = not yet
  bool isPeak;    // it falls again behind it
};

Accumulator beginRay(Ray ray, float tBegin) { return Accumulator(-kNever, false); }
void beginLevel(inout Accumulator result, Ray ray, float dt) {}

void gather(inout Accumulator result, Sample s) {
  if (result.isPeak || s.texel < draw.isoTexel && result.texel == -kNever) return;
  result.isPeak = s.texel < result.texel;
  result.texel = max(result.texel, s.texel);
}

void gatherPlane(inout Accumulator result, float texel) {
  if (result.texel == -kNever) result.texel = texel;
}

bool canSkip(Accumulator result, vec2 texels) { return result.texel == -kNever && texels.y < draw.isoTexel; }
bool isDone(Accumulator result) { return result.isPeak; }
float decisionOf(Accumulator result) { return result.texel; }

Shown shownOf(Accumulator result, Ray ray) {
  return result.texel > -kNever ? shownGrey(greyOf(result.texel)) : shownNothing();
}

#include "lib/march_pixel.glsl"
