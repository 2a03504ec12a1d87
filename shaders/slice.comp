#version 460
#extension GL_GOOGLE_include_directive : require
// One plane: the voxel at each pixel's ray origin.

#include "lib/bindings.glsl"
#include "lib/page_sample.glsl"
#include "lib/page_walk.glsl"
#include "lib/ray.glsl"

void main() {
  ivec2 pixel = pixelOfThread();
  if (any(greaterThanEqual(pixel, draw.endPx))) return;
  vec3 edge = makeRay(pixel).origin;
  vec4 colour = draw.background;
  if (all(greaterThanEqual(edge, vec3(0.0))) && all(lessThanEqual(edge, draw.boxSize))) {
    Page page = findPage(edge, draw.levelCount - 1u);
    if (page.found) colour = vec4(vec3(greyOf(samplePage(page, edge))), 1.0);
  }
  imageStore(picture, pixel, clamp(colour, 0.0, 1.0));
}
