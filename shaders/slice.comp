#version 460
#extension GL_GOOGLE_include_directive : require
// One plane: the voxel at each pixel's ray origin.

#include "lib/bindings.glsl"
#include "lib/detail.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"

Shown showImage(ivec2 pixel) {
  vec3 edge = makeRay(pixel).origin;
  if (any(lessThan(edge, vec3(0.0))) || any(greaterThan(edge, draw.boxSize))) return shownNothing();
  Sample s;
  pixelLack = kUndecided;
  if (!sampleAt(edge, 0.0, s)) return shownNothing();
  pixelLack = s.lack;
  return shownGrey(greyOf(s.texel));
}
