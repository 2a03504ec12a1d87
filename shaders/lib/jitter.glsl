// The mean of several pictures, each with its samples elsewhere on the rays. The small errors of one picture make rings; those of
// the mean differ from pixel to pixel by blue noise, which is hardly seen.
#ifndef VOLARY_JITTER_GLSL
#define VOLARY_JITTER_GLSL

#include "lib/bindings.glsl"

SPECIAL(kConstantJitters) const uint kJitters = 0u;

layout(buffer_reference, scalar, buffer_reference_align = 4) readonly buffer NoiseTile { float phase[]; };
layout(buffer_reference, scalar, buffer_reference_align = 16) buffer PictureSums { vec4 colour[]; };

// Where in each of its steps the pixel's ray is sampled, as a part of the step.
float phaseOf(ivec2 pixel) {
  if (kJitters == 0u) return 0.5;
  uvec2 at = uvec2(pixel - allDraw.offsetPx) % kNoiseSize;
  return fract(NoiseTile(allDraw.noiseAddress).phase[at.y * kNoiseSize + at.x] + allDraw.phaseShift);
}

// The mean of the pixel's colours, this one included.
vec4 meanColour(ivec2 pixel, vec4 colour) {
  if (kJitters == 0u || allDraw.sumsAddress == uvec2(0u)) return colour;
  PictureSums sums = PictureSums(allDraw.sumsAddress);
  uint at = uint(pixel.y) * allDraw.sumsPerRow + uint(pixel.x);
  vec4 sum = colour;
  if (allDraw.picturesBefore > 0u) sum += sums.colour[at];
  sums.colour[at] = sum;
  return sum / float(allDraw.picturesBefore + 1u);
}

#endif
