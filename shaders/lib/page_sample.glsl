// From a place in the page cache to a texel's value.
#ifndef VOLARY_PAGE_SAMPLE_GLSL
#define VOLARY_PAGE_SAMPLE_GLSL

#include "lib/bindings.glsl"
#include "lib/page_walk.glsl"
#include "lib/texel_buffer.glsl"

// True where the picture is not interpolated: fixed, for a software device takes both sides of every branch.
SPECIAL(5) const uint kNearest = 0u;

// A sampler's weights have 8 bits. A place on that grid is met exactly wherever the slot lies; any other would be rounded
// differently from slot to slot, and the picture would depend on where its bricks happen to be.
const float kSamplerSubTexels = 256.0;

// The size of a slot in a buffer, read ahead of all loops.
uvec3 slotTexels = kDense != 0u ? draw.slotTexels : uvec3(kPaddedBrick);
TexelWords texels = TexelWords(draw.texelsAddress);
float texelScale = draw.texelScale;

uint voxelIndex(Slot slot, ivec3 at) {
  uvec3 place = uvec3(at);
  return ((slot.index * slotTexels.z + place.z) * slotTexels.y + place.y) * slotTexels.x + place.x;
}

// Trilinear filtering by hand, of the voxels from `corner` on with weights `f`.
float filterVoxels(Slot slot, ivec3 corner, vec3 f) {
  uint row = slotTexels.x, plane = row * slotTexels.y;
  uint at = voxelIndex(slot, corner);
  vec2 a = voxelPairAt(texels, at), b = voxelPairAt(texels, at + row);
  vec2 c = voxelPairAt(texels, at + plane), d = voxelPairAt(texels, at + plane + row);
  vec4 layer = vec4(a, b) + f.z * (vec4(c, d) - vec4(a, b));
  vec2 line = layer.xy + f.y * (layer.zw - layer.xy);
  return (line.x + f.x * (line.y - line.x)) * texelScale;
}

// Whatever rounding makes of a place, what is read lies in the slot.
float sampleBuffer(Slot slot, vec3 local) {
  ivec3 last = ivec3(slotTexels) - 1;
  if (kNearest != 0u)
    return voxelAt(texels, voxelIndex(slot, clamp(wholeOf(floor(local + kBrickBorder)), ivec3(0), last))) * texelScale;
  vec3 place = clamp(local + (kBrickBorder - 0.5), vec3(0.0), vec3(last));
  vec3 corner = min(floor(place), vec3(last - 1));
  return filterVoxels(slot, wholeOf(corner), place - corner);
}

// The value at a point of a slot. `local` counts texels from the slot's first payload texel; texel centres are at + 0.5.
// The result does not depend on where the slot lies.
float sampleSlot(Slot slot, vec3 local) {
  if (kBufferVoxelBits != 0u) return sampleBuffer(slot, local);
  vec3 origin = slot.place * kPaddedBrick + kBrickBorder;
  if (kNearest != 0u) return texelFetch(pageCache, ivec3(origin) + ivec3(floor(local)), 0).r;
  vec3 place = origin + round(local * kSamplerSubTexels) / kSamplerSubTexels;
  return textureLod(pageCache, place * draw.cacheFromTexel, 0.0).r;
}

// Where a point of edge space lies in a page that holds it. A level's size is rounded: beyond its end its last voxel goes on.
vec3 localPlace(Page page, vec3 edge) {
  vec3 level = edge * page.level.params.levelFromEdge;
  vec3 size = page.level.params.sizeVoxels;
  vec3 end = kNearest != 0u ? size - 0.5 : size;
  return min(max(level, vec3(0.0)), end) - page.brick * kBrickPayload;
}

#endif
