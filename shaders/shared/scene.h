// The parameters of passes over several images, beside one DrawParams for each: how the images are mixed, and which of
// them can be seen where. Written by the renderer into a storage buffer.
//
// The picture is cut into tiles of kSceneTile pixels. The lists that follow SceneParams begin with one number a tile,
// row by row: where its list begins. A list is its length and then as many indices of images, in the order in which
// they are mixed.
#ifndef VOLARY_SHARED_SCENE_H
#define VOLARY_SHARED_SCENE_H

#include "shared.h"

VOLARY_SHARED_BEGIN

VOLARY_SHARED_CONST uint kSceneTile = 32u;  // pixels along each axis; a multiple of kGroupSize

VOLARY_SHARED_CONST uint kBlendSum = 0u;
VOLARY_SHARED_CONST uint kBlendMaximum = 1u;
VOLARY_SHARED_CONST uint kBlendOver = 2u;

struct SceneParams {
  ivec2 tilesBeginPx;  // the first tile's corner
  uint tilesPerRow;
  uint blend;
  uvec2 drawsAddress;  // of one DrawParams for each image
  uint guide;          // the image whose planes end the rays, where planes are shown
};

VOLARY_SHARED_END

#endif
