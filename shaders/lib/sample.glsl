// One sample of a ray, with where it was taken.
#ifndef VOLARY_SAMPLE_GLSL
#define VOLARY_SAMPLE_GLSL

struct Sample {
  float texel;
  float t;          // along the ray
  uint level;
  vec3 slotOrigin;  // of the brick, and the place in it: see sampleSlot
  vec3 local;
};

#endif
