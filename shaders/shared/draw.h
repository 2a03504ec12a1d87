// The parameters of one pass over one region of the picture, written by the renderer into a uniform buffer. If there
// are several images, the parameters of all of them also lie one after the other, read by address
// (SceneParams::drawsAddress).
//
// All positions are in the edge space of the image's full-resolution grid (see pyramid/level_transform.h), where the
// volume is the box [0, boxSize] and level L's voxel i spans [i, i + 1] * factor. A grey value is
// (texel - greyZero) * greyScale: 0 and 1 are the ends of the contrast range.
#ifndef VOLARY_SHARED_DRAW_H
#define VOLARY_SHARED_DRAW_H

#include "shared.h"
#include "sizes.h"

VOLARY_SHARED_BEGIN

VOLARY_SHARED_CONST uint kNoLevel = 0xffffffffu;
VOLARY_SHARED_CONST uint kGroupSize = 8u;   // pixels of a workgroup along each axis
VOLARY_SHARED_CONST uint kNoiseSize = 64u;  // of the tile of blue noise, in pixels along each axis

struct LevelParams {
  vec3 levelFromEdge;  // 1 / factor
  vec3 factor;
  vec3 sizeVoxels;
  vec3 lastBrick;  // index of the last brick along each axis
  float fadeFrom;  // from where on a ray it comes in, and is all that is shown: see engine/scene/level_detail.h
  float enoughFrom;
};

// A slice inside the volume picture.
struct PlaneParams {
  vec4 plane;       // dot(xyz, point) + w = 0, with a unit normal
  vec3 along;       // one world unit along the normal that it has in world space
  float depthRate;  // how much further that is along a ray
};

// What of a thick slice is shown along its normal.
VOLARY_SHARED_CONST uint kSlabNone = 0u;
VOLARY_SHARED_CONST uint kSlabMaximum = 1u;
VOLARY_SHARED_CONST uint kSlabMinimum = 2u;
VOLARY_SHARED_CONST uint kSlabAverage = 3u;

struct DrawParams {
  // The region: its rays, in its own pixels, and which of the picture's pixels to draw.
  ivec2 offsetPx;
  ivec2 beginPx;
  ivec2 endPx;
  vec3 origin0;
  vec3 originDx;
  vec3 originDy;
  vec3 direction0;
  vec3 directionDx;
  vec3 directionDy;
  float tMin;      // where the rays begin
  float tMax;      // and end
  uint clipCount;  // half-spaces dot(xyz, point) + w >= 0, with unit normals: what is shown lies in all of them
  vec4 clip[kMaxClipPlanes];

  // Slices inside the volume picture.
  uint planeCount;
  uvec2 planesAddress;  // of their PlaneParams
  float slabHalf;       // on either side of each so much of the world is shown

  // Where the mean of several pictures is shown: see lib/jitter.glsl.
  uvec2 noiseAddress;
  uvec2 sumsAddress;  // of the colours of the pictures before this one; 0 = it is shown alone
  uint sumsPerRow;
  uint picturesBefore;
  float phaseShift;  // of this picture, as a part of a step

  // The image.
  vec3 boxSize;
  float samplesPerVoxel;  // along a ray, in each level's own voxels
  float
      walkAhead;  // by how many full-resolution voxels a ray looks ahead to find the next brick: above rounding errors
  uint imageIndex;
  uint levelCount;
  uint pinnedLevel;  // or kNoLevel

  // The page cache.
  uvec2 tableAddress;
  uint tableMask;  // entries - 1
  uint tableMaxProbe;
  uvec3 slotGrid;
  vec3 cacheFromTexel;    // 1 / size of the page cache in texels
  uvec2 feedbackAddress;  // of the words that tell the CPU something: see shared/feedback.h
  uint ghostsFrom;  // rays tell of ghosts of this level and coarser ones, or, kNoLevel, of no finer one than they show
  uvec2 texelsAddress;  // where the page cache lies if it is a buffer, and the cells' ranges
  uvec2 cellsAddress;
  uvec3 slotTexels;  // the size of a slot
  float texelScale;  // from what stands in such a buffer to a texel's value

  // From texel to colour.
  uvec2 transferAddress;  // of a transfer function: see lib/bindings.glsl
  float greyZero;
  float greyScale;
  float texelLow;   // the ends of the contrast range: a projected maximum of the high one can't get brighter, and a
  float texelHigh;  // minimum of the low one not darker (or the other way round in a negative)
  vec3 unitsX;      // columns of the matrix from edge space to units of the transfer function's opacity
  vec3 unitsY;
  vec3 unitsZ;
  vec3 normalX;  // and of its inverse's transpose, which gradients take
  vec3 normalY;
  vec3 normalZ;
  float isoTexel;     // where the isosurface is; first hit: what counts
  float attenuation;  // of an attenuated maximum: for each unit of length of full brightness
  float sumUnits;     // a sum along the ray is over this length; 0 = the mean along the ray
  vec3 colour;        // of the image: white shows grey values as they are
  vec4 background;

  LevelParams levels[kMaxLevels];
};

VOLARY_SHARED_END

#endif
