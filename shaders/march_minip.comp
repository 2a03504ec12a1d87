#version 460
#extension GL_GOOGLE_include_directive : require
// Minimum intensity projection.

#include "lib/bindings.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

struct Accumulator {
  float texel;
};

Accumulator beginRay(Ray ray, float tBegin) { return Accumulator(kNever); }
void beginLevel(inout Accumulator result, Ray ray, float dt) {}
void gather(inout Accumulator result, Sample s) { result.texel = min(result.texel, s.texel); }
void gatherPlane(inout Accumulator result, float texel) { result.texel = min(result.texel, texel); }
// Above the contrast range all is alike.
bool canSkip(Accumulator result, vec2 texels) {
  return result.texel < kNever && texels.x >= min(result.texel, draw.texelHigh);
}

bool isDone(Accumulator result) { return result.texel <= draw.texelLow; }
float decisionOf(Accumulator result) { return result.texel; }

Shown shownOf(Accumulator result, Ray ray) {
  return result.texel < kNever ? shownGrey(greyOf(result.texel)) : shownNothing();
}

#include "lib/march_pixel.glsl"
