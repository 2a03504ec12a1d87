// From a place in the page cache to a texel's value.
#ifndef VOLARY_PAGE_SAMPLE_GLSL
#define VOLARY_PAGE_SAMPLE_GLSL

#include "lib/bindings.glsl"
#include "lib/page_walk.glsl"

// True where the picture is not interpolated: fixed, for a software device takes both sides of every branch.
layout(constant_id = 5) const uint kNearest = 0u;

// A sampler's weights have 8 bits. A place on that grid is met exactly wherever the slot lies; any other would be rounded
// differently from slot to slot, and the picture would depend on where its bricks happen to be.
const float kSamplerSubTexels = 256.0;

// Trilinear filtering by hand, around the texel `corner` with weights `f`.
float filterTexels(ivec3 corner, vec3 f) {
  vec4 near = vec4(texelFetch(pageCache, corner, 0).r, texelFetch(pageCache, corner + ivec3(1, 0, 0), 0).r,
                   texelFetch(pageCache, corner + ivec3(0, 1, 0), 0).r, texelFetch(pageCache, corner + ivec3(1, 1, 0), 0).r);
  vec4 far = vec4(texelFetch(pageCache, corner + ivec3(0, 0, 1), 0).r, texelFetch(pageCache, corner + ivec3(1, 0, 1), 0).r,
                  texelFetch(pageCache, corner + ivec3(0, 1, 1), 0).r, texelFetch(pageCache, corner + ivec3(1, 1, 1), 0).r);
  vec4 layer = mix(near, far, f.z);
  vec2 row = mix(layer.xy, layer.zw, f.y);
  return mix(row.x, row.y, f.x);
}

// The value at a point of a slot. `local` counts texels from `slotOrigin`, the slot's first payload texel; texel centres
// are at + 0.5. The result does not depend on where the slot lies.
float sampleSlot(vec3 slotOrigin, vec3 local) {
  if (kNearest != 0u) return texelFetch(pageCache, ivec3(slotOrigin) + ivec3(floor(local)), 0).r;
  if (kFilterInShader == 0u) {
    vec3 place = slotOrigin + round(local * kSamplerSubTexels) / kSamplerSubTexels;
    return textureLod(pageCache, place * draw.cacheFromTexel, 0.0).r;
  }
  vec3 corner = floor(local - 0.5);
  return filterTexels(ivec3(slotOrigin) + ivec3(corner), local - 0.5 - corner);
}

// Where a point of edge space lies in a page that holds it. A level's size is rounded: beyond its end its last voxel goes on.
vec3 localPlace(Page page, vec3 edge) {
  vec3 level = edge * draw.levels[page.level].levelFromEdge;
  vec3 size = draw.levels[page.level].sizeVoxels;
  vec3 end = kNearest != 0u ? size - 0.5 : size;
  return min(max(level, vec3(0.0)), end) - page.brick * kBrickPayload;
}

float samplePage(Page page, vec3 edge) { return sampleSlot(page.slotOrigin, localPlace(page, edge)); }

#endif
