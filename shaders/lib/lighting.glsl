// Light on surfaces in the grey values: a lamp at the eye.
//
// Based on: Levoy: Display of Surfaces from Volume Data (1988), for the gradient as normal; Blinn: Models of Light Reflection
// for Computer Synthesized Pictures (1977), whose halfway vector is the direction to the eye where the light is there too.
#ifndef VOLARY_LIGHTING_GLSL
#define VOLARY_LIGHTING_GLSL

#include "lib/detail.glsl"
#include "lib/page_sample.glsl"
#include "lib/sample.glsl"

const float kAmbient = 0.25;
const float kDiffuse = 0.75;
const float kSpecular = 0.2;
const float kShininess = 32.0;
// Where the grey value rises by less than 1 / this in a unit of the opacity there is no surface, and less light on it: noise
// has gradients too, in all directions.
const float kSurfaceRise = 20.0;

// The change of the grey value for each unit of the opacity, in world space: central differences over one voxel of the
// brick's own level (over two without filtering, where half a voxel makes no difference). They stay within the brick's border.
vec3 gradientAt(Spot spot) {
  float reach = kNearest != 0u ? 1.0 : 0.5;
  vec3 rise;
  for (int axis = 0; axis < 3; ++axis) {
    vec3 low = spot.local, high = spot.local;
    low[axis] -= reach;
    high[axis] += reach;
    if (kDense == 0u) high[axis] = min(high[axis], kBrickPayload + 0.499);
    rise[axis] = (sampleSlot(spot.slot, high) - sampleSlot(spot.slot, low)) / (2.0 * reach);
  }
  rise *= draw.levels[spot.level].levelFromEdge * greyScale;
  return rise.x * draw.normalX + rise.y * draw.normalY + rise.z * draw.normalZ;
}

// The gradient of a sample, of both levels if they fade.
vec3 gradientOf(Sample s) {
  vec3 gradient = gradientAt(s.fine);
  return kFades != 0u && s.coarser > 0.0 ? mix(gradient, gradientAt(s.coarse), s.coarser) : gradient;
}

// A plane's normal, from edge space to where gradients are: as steep as a surface can be.
vec3 cutNormal(vec3 normal) {
  return normalize(normal.x * draw.normalX + normal.y * draw.normalY + normal.z * draw.normalZ);
}

// The colour of a surface seen along `direction` (of edge space); both of its sides are lit.
vec3 lit(vec3 colour, vec3 gradient, vec3 direction) {
  float rise = length(gradient);
  if (rise == 0.0) return colour;
  vec3 world = direction.x * draw.unitsX + direction.y * draw.unitsY + direction.z * draw.unitsZ;
  float facing = min(abs(dot(gradient, world)) / (rise * length(world)), 1.0);
  vec3 shaded = colour * (kAmbient + kDiffuse * facing) + kSpecular * pow(facing, kShininess);
  return mix(colour, shaded, min(rise * kSurfaceRise, 1.0));
}

#endif
