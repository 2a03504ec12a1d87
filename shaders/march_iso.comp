#version 460
#extension GL_GOOGLE_include_directive : require
// An isosurface: the first place on the ray with the iso value or more, lit by the gradient there. It lies between two samples;
// bisection finds it. Where a cut opens the inside, the cut's plane is the surface.

#include "lib/bindings.glsl"
#include "lib/detail.glsl"
#include "lib/lighting.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"
#include "lib/transfer.glsl"

struct Accumulator {
  float tHit;      // of the first sample inside; kNever = none yet
  float tOutside;  // the ray is outside, or begins, here
  float dt;
  Shown behind;
};

// To 1 / 4096 of the step: less than is seen on a surface that is looked at along its slope.
const int kBisections = 12;

Accumulator beginRay(Ray ray, float tBegin) { return Accumulator(kNever, tBegin, 0.0, shownNothing()); }
void beginLevel(inout Accumulator result, Ray ray, float dt) { result.dt = dt; }

void gather(inout Accumulator result, Sample s) {
  if (result.tHit < kNever || s.texel < draw.isoTexel) return;
  result.tHit = s.t;
  result.tOutside = max(result.tOutside, s.t - result.dt);
}

void gatherPlane(inout Accumulator result, float texel) { result.behind = shownGrey(greyOf(texel)); }
bool canSkip(Accumulator result, vec2 texels) { return texels.y < draw.isoTexel; }
bool isDone(Accumulator result) { return result.tHit < kNever; }
float decisionOf(Accumulator result) { return result.tHit; }

Shown shownOf(Accumulator result, Ray ray) {
  if (result.tHit == kNever) return result.behind;
  float outside = result.tOutside, inside = result.tHit;
  // The last turn is for the gradient at what was found.
  Sample s;
  for (int i = 0; i <= kBisections; ++i) {
    float middle = i < kBisections ? 0.5 * (outside + inside) : inside;
    bool found = sampleAt(ray.origin + ray.direction * middle, middle, s);
    if (i == kBisections) break;
    if (found && s.texel >= draw.isoTexel)
      inside = middle;
    else
      outside = middle;
  }
  vec3 gradient = gradientOf(s);
  Span span = shownSpan(ray);
  bool isCut = span.cut < draw.clipCount && inside - span.begin <= 2.0 * result.dt / exp2(float(kBisections));
  if (isCut) gradient = cutNormal(draw.clip[span.cut].xyz);
  vec3 colour = transferAt(greyOf(draw.isoTexel)).rgb * draw.colour;
  return Shown(true, clamp(lit(colour, gradient, ray.direction), 0.0, 1.0), 1.0, inside);
}

#include "lib/march_pixel.glsl"
