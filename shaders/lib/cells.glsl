// The range of the values in a part of a brick, by which rays skip what can't matter to them.
//
// Based on: Hadwiger, Al-Awami, Beyer, Agus, Pfister: SparseLeap (2018), section 3, for what is skipped; the cells' ranges
// hold all that filtering reads, so that skipping changes no pixel.
#ifndef VOLARY_CELLS_GLSL
#define VOLARY_CELLS_GLSL

#include "lib/bindings.glsl"
#include "lib/page_walk.glsl"
#include "lib/texel_buffer.glsl"

// Least and greatest texel.
vec2 rangeAt(Slot slot, vec3 cell) {
  if (kBufferVoxelBits == 0u) return texelFetch(cellRanges, ivec3(slot.place * kCellTexels + cell), 0).rg;
  const uint kRow = uint(kCellsPerBrick);
  const uint kSlot = kRow * kRow * (kRow + 1u);
  uvec3 at = uvec3(wholeOf(cell));
  uint i = slot.index * kSlot + (at.z * kRow + at.y) * kRow + at.x;
  TexelWords cells = TexelWords(allDraw.cellsAddress);
  return vec2(voxelAt(cells, 2u * i), voxelAt(cells, 2u * i + 1u)) * allDraw.texelScale;
}

vec2 brickRange(Slot slot) { return rangeAt(slot, vec3(0.0, 0.0, kCellsPerBrick)); }

// The range of all voxels within kCellMargin of a place in the slot's brick.
vec2 cellRange(Slot slot, vec3 local) {
  return rangeAt(slot, clamp(floor(local / kCellVoxels), vec3(0.0), vec3(kCellsPerBrick - 1.0)));
}

vec2 unite(vec2 a, vec2 b) { return vec2(min(a.x, b.x), max(a.y, b.y)); }

// Grey values of a range, least first.
vec2 greyRange(vec2 texels) {
  vec2 grey = (texels - greyZero) * greyScale;
  return vec2(min(grey.x, grey.y), max(grey.x, grey.y));
}

#endif
