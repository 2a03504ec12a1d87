// One sample of a ray, with where it was taken.
#ifndef VOLARY_SAMPLE_GLSL
#define VOLARY_SAMPLE_GLSL

#include "lib/page_walk.glsl"

// A place in the page cache.
struct Spot {
  uint level;
  Slot slot;   // of the brick, and the place in it: see sampleSlot
  vec3 local;
};

struct Sample {
  float texel;
  vec2 ends;        // of a march that integrates: the texels half a step before and behind
  float t;          // along the ray
  Spot fine;
  Spot coarse;      // where a coarser level fades in; else the same
  float coarser;    // its part of the texel
  uint lack;        // by how many levels it is coarser than wanted
};

#endif
