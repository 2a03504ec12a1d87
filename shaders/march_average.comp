#version 460
#extension GL_GOOGLE_include_directive : require
// The mean along the ray; or, if DrawParams::sumUnits is set, the sum of the brightness above black, divided by one length for
// all rays, so that thick is brighter than thin. A slice plane counts as one more sample.

#include "lib/bindings.glsl"
#include "lib/cells.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

struct Accumulator {
  float sum;     // of texels, or of grey values, times their part of the ray's length
  float units;   // that length
  float stepUnits;
};

void add(inout Accumulator result, float texel) {
  result.sum += result.stepUnits * (draw.sumUnits > 0.0 ? max(greyOf(texel), 0.0) : texel);
  result.units += result.stepUnits;
}

// A plane right at the ray's entry is the only sample: any step will do.
Accumulator beginRay(Ray ray, float tBegin) { return Accumulator(0.0, 0.0, 1.0); }
void beginLevel(inout Accumulator result, Ray ray, float dt) { result.stepUnits = dt * unitsOf(ray.direction); }
void gather(inout Accumulator result, Sample s) { add(result, s.texel); }
void gatherPlane(inout Accumulator result, float texel) { add(result, texel); }

// In a sum black adds nothing; a mean is of everything.
bool canSkip(Accumulator result, vec2 texels) {
  return draw.sumUnits > 0.0 && result.units > 0.0 && greyRange(texels).y <= 0.0;
}

bool isDone(Accumulator result) { return false; }
float decisionOf(Accumulator result) { return result.units; }

Shown shownOf(Accumulator result, Ray ray) {
  if (result.units == 0.0) return shownNothing();
  return shownGrey(draw.sumUnits > 0.0 ? result.sum / draw.sumUnits : greyOf(result.sum / result.units));
}

#define MARCH_FIRST_DECIDES

#include "lib/march_pixel.glsl"
