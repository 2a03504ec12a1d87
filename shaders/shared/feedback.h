// The passes' report to the CPU, in words of a buffer: first the numbers of pixels by how much coarser than wanted they
// are, then one word for each ghost of the page table, set by the rays that reach the ghost.
#ifndef VOLARY_SHARED_FEEDBACK_H
#define VOLARY_SHARED_FEEDBACK_H

#include "shared.h"

VOLARY_SHARED_BEGIN

// Pixels that show a voxel of the wanted level, of one 1, 2, 3 levels coarser, and of a coarser one still.
VOLARY_SHARED_CONST uint kResolutionBins = 5u;

// How pixels of each kind are tinted by the resolution overlay. Those as wanted are not. From Okabe and Ito, "Color
// Universal Design" (2008): told apart by people who confuse red and green.
VOLARY_SHARED_INLINE vec3 resolutionTint(uint coarser) {
  if (coarser <= 1u) return vec3(0.94f, 0.89f, 0.26f);  // yellow
  if (coarser == 2u) return vec3(0.90f, 0.62f, 0.00f);  // orange
  if (coarser == 3u) return vec3(0.84f, 0.37f, 0.00f);  // vermilion
  return vec3(0.80f, 0.47f, 0.65f);                     // purple
}

VOLARY_SHARED_END

#endif
