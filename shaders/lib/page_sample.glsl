// From a place in the page cache to a texel's value.
#ifndef VOLARY_PAGE_SAMPLE_GLSL
#define VOLARY_PAGE_SAMPLE_GLSL

#include "lib/bindings.glsl"
#include "lib/page_walk.glsl"

// Trilinear filtering by hand; `texel` in texels, texel centres at + 0.5.
float filterTexels(vec3 texel) {
  vec3 corner = floor(texel - 0.5);
  vec3 f = texel - 0.5 - corner;
  ivec3 i = ivec3(corner);
  vec4 near = vec4(texelFetch(pageCache, i, 0).r, texelFetch(pageCache, i + ivec3(1, 0, 0), 0).r,
                   texelFetch(pageCache, i + ivec3(0, 1, 0), 0).r, texelFetch(pageCache, i + ivec3(1, 1, 0), 0).r);
  vec4 far = vec4(texelFetch(pageCache, i + ivec3(0, 0, 1), 0).r, texelFetch(pageCache, i + ivec3(1, 0, 1), 0).r,
                  texelFetch(pageCache, i + ivec3(0, 1, 1), 0).r, texelFetch(pageCache, i + ivec3(1, 1, 1), 0).r);
  vec4 layer = mix(near, far, f.z);
  vec2 row = mix(layer.xy, layer.zw, f.y);
  return mix(row.x, row.y, f.x);
}

// The value at `place`, which is in units of the whole page cache.
float samplePageCache(vec3 place) {
  if (kFilterInShader == 0u || draw.fetchNearest != 0u) return textureLod(pageCache, place, 0.0).r;
  return filterTexels(place / draw.cacheFromTexel);
}

// The value at a point of edge space, of a page that holds it.
float samplePage(Page page, vec3 edge) {
  vec3 level = edge * draw.levels[page.level].levelFromEdge;
  vec3 size = draw.levels[page.level].sizeVoxels;
  vec3 first = page.brick * kBrickPayload;
  if (draw.fetchNearest != 0u) {
    vec3 voxel = clamp(floor(level), vec3(0.0), size - 1.0);
    return texelFetch(pageCache, ivec3(page.slotOrigin + voxel - first), 0).r;
  }
  vec3 local = min(level, size) - first;
  return samplePageCache((page.slotOrigin + local) * draw.cacheFromTexel);
}

#endif
