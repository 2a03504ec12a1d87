// How much coarser than wanted a pixel is: counted for the CPU, and shown.
#ifndef VOLARY_RESOLUTION_GLSL
#define VOLARY_RESOLUTION_GLSL

#include "lib/bindings.glsl"

// Bits: pixels are counted, pixels are tinted. Pixels of a picture that looks for finer ghosts are not counted, nor those of one
// that is added to others. They are told apart here because the same pipeline draws them.
SPECIAL(kConstantResolution) const uint kResolution = 0u;

const uint kUndecided = 0xffffffffu;

// How many levels coarser than wanted the sample is that decides the pixel; kUndecided while there is none.
uint pixelLack = kUndecided;

// If two samples decide together, the coarser one counts.
uint coarserLack(uint a, uint b) { return a == kUndecided ? b : b == kUndecided ? a : max(a, b); }

// The pixel's colour, which only grows in light with what it was: structures stay visible.
vec3 tellResolution(vec3 colour, uint lack) {
  if (kResolution == 0u || lack == kUndecided) return colour;
  if ((kResolution & 1u) != 0u && allDraw.ghostsFrom == kNoLevel && allDraw.picturesBefore == 0u)
    atomicAdd(FeedbackWords(allDraw.feedbackAddress).pixels[min(lack, kResolutionBins - 1u)], 1u);
  if ((kResolution & 2u) == 0u || lack == 0u) return colour;
  float light = dot(clamp(colour, 0.0, 1.0), vec3(0.2126, 0.7152, 0.0722));
  return mix(colour, resolutionTint(lack) * (0.3 + 0.7 * light), 0.8);
}

#endif
