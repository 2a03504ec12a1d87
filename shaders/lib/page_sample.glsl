// From a place in the page cache to a texel's value.
#ifndef VOLARY_PAGE_SAMPLE_GLSL
#define VOLARY_PAGE_SAMPLE_GLSL

#include "lib/bindings.glsl"
#include "lib/page_walk.glsl"
#include "lib/texel_buffer.glsl"

// True where the picture is not interpolated: fixed, for a software device takes both sides of every branch.
SPECIAL(kConstantNearest) const uint kNearest = 0u;

// A sampler's weights have 8 bits. A place on that grid is met exactly wherever the slot lies; any other would be rounded
// differently from slot to slot, and the picture would depend on where its bricks happen to be.
const float kSamplerSubTexels = 256.0;

// The size of a slot in a buffer, read before all loops. A brick's voxels lie in blocks of 2 x 2 x 2, a dense level's in rows:
// see engine/render/texel_store.h.
uvec3 slotTexels = kDense != 0u ? allDraw.slotTexels : uvec3(kPaddedBrick);
TexelWords texels = TexelWords(allDraw.texelsAddress);
float texelScale = allDraw.texelScale;

// The number of a voxel, and by how much the number of the next voxel along each axis is larger.
struct Place {
  uint index;
  uvec3 next;
};

Place placeOf(Slot slot, uvec3 at) {
  uvec3 size = slotTexels;
  uint first = slot.index * size.z;
  if (kDense != 0u) return Place(((first + at.z) * size.y + at.y) * size.x + at.x, uvec3(1u, size.x, size.x * size.y));
  uvec3 odd = at & 1u;
  uvec3 block = at - odd;
  const uvec3 kNext = uvec3(1u, 2u, 4u);
  uvec3 nextBlock = uvec3(8u, 4u * size.x, 2u * size.x * size.y);
  uint index = (first + block.z) * size.y * size.x + 2u * (block.y * size.x + 2u * block.x);
  return Place(index + odd.x + 2u * odd.y + 4u * odd.z, kNext + odd * (nextBlock - 2u * kNext));
}

// Trilinear filtering by hand, of the voxels from `corner` on with weights `f`.
float filterVoxels(Slot slot, uvec3 corner, vec3 f) {
  Place place = placeOf(slot, corner);
  uvec4 at = place.index + uvec4(0u, place.next.x, place.next.y, place.next.x + place.next.y);
  vec4 near = voxelsAt(texels, at), far = voxelsAt(texels, at + place.next.z);
  vec4 layer = near + f.z * (far - near);
  vec2 line = layer.xy + f.y * (layer.zw - layer.xy);
  return (line.x + f.x * (line.y - line.x)) * texelScale;
}

// Only voxels of the slot are read, however a place is rounded.
float sampleBuffer(Slot slot, vec3 local) {
  ivec3 last = ivec3(slotTexels) - 1;
  if (kNearest != 0u)
    return voxelAt(texels, placeOf(slot, uvec3(clamp(wholeOf(floor(local + kBrickBorder)), ivec3(0), last))).index) * texelScale;
  vec3 place = clamp(local + (kBrickBorder - 0.5), vec3(0.0), vec3(last));
  vec3 corner = min(floor(place), vec3(last - 1));
  return filterVoxels(slot, uvec3(wholeOf(corner)), place - corner);
}

// The value at a point of a slot. `local` counts texels from the slot's first payload texel; texel centres are at + 0.5.
// The result does not depend on where the slot lies.
float sampleSlot(Slot slot, vec3 local) {
  if (kBufferVoxelBits != 0u) return sampleBuffer(slot, local);
  vec3 origin = slot.place * kPaddedBrick + kBrickBorder;
  if (kNearest != 0u) return texelFetch(pageCache, ivec3(origin) + ivec3(floor(local)), 0).r;
  vec3 place = origin + round(local * kSamplerSubTexels) / kSamplerSubTexels;
  return textureLod(pageCache, place * allDraw.cacheFromTexel, 0.0).r;
}

// Where a point of edge space lies in a page that holds it. A level's size is rounded: beyond its end its last voxel goes on.
vec3 localPlace(Page page, vec3 edge) {
  vec3 level = edge * page.level.params.levelFromEdge;
  vec3 size = page.level.params.sizeVoxels;
  vec3 end = kNearest != 0u ? size - 0.5 : size;
  return min(max(level, vec3(0.0)), end) - page.brick * kBrickPayload;
}

#endif
