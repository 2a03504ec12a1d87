// Sizes and limits that the engine and its shaders agree on, each stated here alone.
#ifndef VOLARY_SHARED_SIZES_H
#define VOLARY_SHARED_SIZES_H

#include "shared.h"

VOLARY_SHARED_BEGIN

// Payload voxels of a brick along each axis. 32 keeps the LOD fine-grained and lets 2 x 2 x 2 of Fiji's 16^3 chunks
// fill one brick; the border costs 20 %.
VOLARY_SHARED_CONST int kBrickPayload = 32;
// Border voxels on each face, so that trilinear filtering never reads a neighbour.
VOLARY_SHARED_CONST int kBrickBorder = 1;
VOLARY_SHARED_CONST int kPaddedBrick = kBrickPayload + 2 * kBrickBorder;

// The payload is cut into cells of so many voxels along each axis, whose ranges tell a ray what it may skip. A range
// holds all that filtering reads in the cell and up to kCellMargin voxels from it in the same brick, so that a few
// samples around a point of the cell are within it too.
VOLARY_SHARED_CONST int kCellVoxels = 8;
VOLARY_SHARED_CONST int kCellMargin = 2;
VOLARY_SHARED_CONST int kCellsPerBrick = kBrickPayload / kCellVoxels;
// The ranges of a brick, one texel each of least and greatest: a plane of cells after the other, x fastest, and one
// more plane whose first texel is the range of the whole brick.
VOLARY_SHARED_CONST ivec3 kCellTexels = ivec3(kCellsPerBrick, kCellsPerBrick, kCellsPerBrick + 1);

// No image has more levels: the page table's keys have 5 bits for the level.
VOLARY_SHARED_CONST uint kMaxLevels = 32u;

// Half-spaces that a region is cut to: the six faces of a box and six planes.
VOLARY_SHARED_CONST uint kMaxClipPlanes = 12u;

// Entries of a transfer function's table.
VOLARY_SHARED_CONST uint kTransferEntries = 256u;

// Farther than any ray goes and greater than any texel.
VOLARY_SHARED_CONST float kNever = 3.0e38f;

VOLARY_SHARED_END

#endif
