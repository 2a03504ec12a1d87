#version 460
#extension GL_GOOGLE_include_directive : require
// Emission and absorption through a transfer function, front to back; lit by the gradient, if asked for.
//
// Based on: Engel, Hadwiger, Kniss, Rezk-Salama, Weiskopf: Real-Time Volume Graphics (2006), sections 1.4 (compositing)
// and 9.1.3 (opacity correction); lib/transfer.glsl for transfer functions that samples would step over.

#include "lib/bindings.glsl"
#include "lib/cells.glsl"
#include "lib/lighting.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"
#include "lib/transfer.glsl"

layout(constant_id = kConstantLighting) const uint kLighting = 0u;

struct Accumulator {
  vec3 colour;          // premultiplied
  float transmittance;  // what comes through from behind
  float stepUnits;      // length of a step in units of the transfer function's opacity
  vec3 direction;       // of the ray
  vec3 behind;
};

// Everything behind this transmittance adds less than half a step of the 8-bit picture.
const float kOpaque = 0.002;

Accumulator beginRay(Ray ray, float tBegin) {
  return Accumulator(vec3(0.0), 1.0, 0.0, ray.direction, draw.background.rgb);
}

void beginLevel(inout Accumulator result, Ray ray, float dt) { result.stepUnits = dt * unitsOf(ray.direction); }

void gather(inout Accumulator result, Sample s) {
  if (result.transmittance < kOpaque) return;
  vec3 colour;
  float through;
  if (kIntegrates != 0u) {
    vec4 medium = meanMedium(reachOf(greyOf(s.ends.x)), reachOf(greyOf(s.ends.y)));
    if (medium.a <= 0.0) return;
    colour = medium.rgb / medium.a;
    through = exp(-medium.a * result.stepUnits);
  } else {
    vec4 shown = transferAt(greyOf(s.texel));
    if (shown.a <= 0.0) return;
    colour = shown.rgb;
    through = pow(1.0 - shown.a, result.stepUnits);
  }
  colour *= draw.colour;
  if (kLighting != 0u) colour = lit(colour, gradientOf(s), result.direction);
  result.colour += result.transmittance * (1.0 - through) * colour;
  result.transmittance *= through;
}

void gatherPlane(inout Accumulator result, float texel) {
  result.behind = clamp(greyOf(texel), 0.0, 1.0) * draw.colour;
}

bool canSkip(Accumulator result, vec2 texels) { return isTransparent(greyRange(texels)); }
bool isDone(Accumulator result) { return result.transmittance < kOpaque; }
float decisionOf(Accumulator result) { return result.transmittance; }

Shown shownOf(Accumulator result, Ray ray) {
  return Shown(true, result.colour + result.transmittance * result.behind, 1.0, kNever);
}

#define MARCH_FIRST_DECIDES
#define MARCH_INTEGRATES

#include "lib/march_pixel.glsl"
