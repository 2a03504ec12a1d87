#version 460
#extension GL_GOOGLE_include_directive : require
// Emission and absorption through a transfer function, front to back.
//
// Based on: Engel, Hadwiger, Kniss, Rezk-Salama, Weiskopf: Real-Time Volume Graphics (2006), sections 1.4 (compositing)
// and 9.1.3 (opacity correction).

#include "lib/bindings.glsl"
#include "lib/ray.glsl"
#include "lib/transfer.glsl"

struct Accumulator {
  vec3 colour;          // premultiplied
  float transmittance;  // what comes through from behind
  float stepUnits;      // length of a step in units of the transfer function's opacity
};

// What is left to see behind is less than half a step of the 8-bit picture.
const float kOpaque = 0.002;

void beginLevel(inout Accumulator result, Ray ray, float dt) {
  vec3 world = ray.direction.x * draw.unitsX + ray.direction.y * draw.unitsY + ray.direction.z * draw.unitsZ;
  result.stepUnits = dt * length(world);
}

void gather(inout Accumulator result, float texel) {
  vec4 colour = transferAt(greyOf(texel));
  if (colour.a <= 0.0) return;
  float through = pow(1.0 - colour.a, result.stepUnits);
  result.colour += result.transmittance * (1.0 - through) * colour.rgb * draw.colour;
  result.transmittance *= through;
}

bool isDone(Accumulator result) { return result.transmittance < kOpaque; }

#include "lib/march.glsl"
#include "lib/pixel.glsl"

Shown showImage(ivec2 pixel) {
  Ray ray = makeRay(pixel);
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  float tBegin = max(box.x, draw.tMin);
  float tPlane = draw.showPlanes != 0u ? intersectPlanes(ray, tBegin, box.y) : kNever;

  Accumulator result = Accumulator(vec3(0.0), 1.0, 0.0);
  if (tBegin < box.y) march(ray, box.x, tBegin, min(box.y, tPlane), result);
  vec3 behind = draw.background.rgb;
  if (tPlane < kNever) {
    vec3 edge = ray.origin + ray.direction * tPlane;
    Page page = findPage(edge, draw.levelCount - 1u);
    if (page.found) behind = clamp(greyOf(samplePage(page, edge)), 0.0, 1.0) * draw.colour;
  }
  return Shown(true, result.colour + result.transmittance * behind, 1.0);
}
