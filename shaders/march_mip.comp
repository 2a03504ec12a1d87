#version 460
#extension GL_GOOGLE_include_directive : require
// Maximum intensity projection.

#include "lib/bindings.glsl"
#include "lib/ray.glsl"

struct Accumulator {
  float texel;
};

void beginLevel(inout Accumulator result, Ray ray, float dt) {}
void gather(inout Accumulator result, float texel) { result.texel = max(result.texel, texel); }
bool isDone(Accumulator result) { return result.texel >= draw.texelStop; }

#include "lib/march.glsl"
#include "lib/pixel.glsl"

Shown showImage(ivec2 pixel) {
  Ray ray = makeRay(pixel);
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  float tBegin = max(box.x, draw.tMin);
  float tPlane = draw.showPlanes != 0u ? intersectPlanes(ray, tBegin, box.y) : kNever;

  Accumulator result = Accumulator(-kNever);
  if (tBegin < box.y) march(ray, box.x, tBegin, min(box.y, tPlane), result);
  if (tPlane < kNever) {
    vec3 edge = ray.origin + ray.direction * tPlane;
    Page page = findPage(edge, draw.levelCount - 1u);
    if (page.found) gather(result, samplePage(page, edge));
  }
  return result.texel > -kNever ? shownGrey(greyOf(result.texel)) : shownNothing();
}
