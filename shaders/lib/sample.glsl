// One sample of a ray, with where it was taken.
#ifndef VOLARY_SAMPLE_GLSL
#define VOLARY_SAMPLE_GLSL

#include "lib/page_walk.glsl"

struct Sample {
  float texel;
  float t;          // along the ray
  uint level;
  Slot slot;        // of the brick, and the place in it: see sampleSlot
  vec3 local;
};

#endif
