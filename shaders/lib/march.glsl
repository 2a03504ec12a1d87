// A ray through the volume, brick by brick. The entry point defines how samples add up, and includes this file behind it:
//   Accumulator                                   what has been gathered so far
//   Accumulator beginRay(Ray, float tBegin)       nothing yet; the ray is in the volume from tBegin on
//   void beginLevel(inout Accumulator, Ray, float dt)   tells the step of the samples that follow
//   void gather(inout Accumulator, Sample)        takes one sample; front to back
//   void gatherPlane(inout Accumulator, float texel)    takes the slice plane that ends the ray
//   bool isDone(Accumulator)                      true if nothing behind can change the pixel
//   Shown shownOf(Accumulator, Ray)               what the image shows
//
// Samples lie on one lattice per level for the whole volume: t = entry + (k + 0.5) * dt, with dt one voxel of that level
// along the ray, or a part of it, and entry where the ray enters the volume. So bricks of equal level meet without a seam,
// and a ray along an axis, with one sample a voxel, meets every voxel's centre exactly once.
//
// Based on: Hadwiger, Beyer, Jeong, Pfister: Interactive Volume Exploration of Petascale Microscopy Data Streams Using
// a Visualization-Driven Virtual Memory Approach (2012), for ray casting through a page table; the lattice is ours.
#ifndef VOLARY_MARCH_GLSL
#define VOLARY_MARCH_GLSL

#include "lib/page_sample.glsl"
#include "lib/page_walk.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

// More bricks than any ray of the largest volume crosses; a bound for the loop, never reached.
const int kMaxBricksOnRay = 65536;

void march(Ray ray, float tEntry, float tBegin, float tEnd, inout Accumulator result) {
  uint level = draw.pinnedLevel != kNoLevel ? draw.pinnedLevel : draw.levelCount - 1u;
  uint latticeLevel = kNoLevel;
  float ahead = draw.walkAhead / length(ray.direction);
  float dt = 0.0;
  int next = 0;  // the next sample on latticeLevel's lattice
  float t = tBegin;

  for (int i = 0; i < kMaxBricksOnRay && t < tEnd && !isDone(result); ++i) {
    Page page = findPage(ray.origin + ray.direction * (t + ahead), level);
    float tIn = t;
    t = min(max(boxExit(ray, page.begin, page.end), t + ahead), tEnd);
    if (!page.found) {
      latticeLevel = kNoLevel;
      continue;
    }

    // The samples of this brick: [next, last).
    level = page.level;
    vec3 levelFromEdge = draw.levels[level].levelFromEdge;
    if (level != latticeLevel) {
      latticeLevel = level;
      dt = 1.0 / (length(ray.direction * levelFromEdge) * draw.samplesPerVoxel);
      next = int(ceil((tIn - tEntry) / dt - 0.5));
      beginLevel(result, ray, dt);
    }
    int last = int(ceil((t - tEntry) / dt - 0.5));

    // Their places in the slot. A level's size is rounded: beyond its end its last voxel goes on.
    float tFirst = tEntry + (float(next) + 0.5) * dt;
    vec3 first = page.brick * kBrickPayload;
    vec3 local = (ray.origin + ray.direction * tFirst) * levelFromEdge - first;
    vec3 step = ray.direction * dt * levelFromEdge;
    vec3 limit = draw.levels[level].sizeVoxels - first;
    if (draw.fetchNearest != 0u) limit -= 0.5;
    for (int k = 0; k < last - next; ++k) {
      vec3 place = min(local + float(k) * step, limit);
      gather(result, Sample(sampleSlot(page.slotOrigin, place), tFirst + float(k) * dt, page.level, page.slotOrigin, place));
    }
    next = max(next, last);
  }
}

Shown showImage(ivec2 pixel) {
  Ray ray = makeRay(pixel);
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  float tBegin = max(box.x, draw.tMin);
  float tPlane = draw.showPlanes != 0u ? intersectPlanes(ray, tBegin, box.y) : kNever;

  Accumulator result = beginRay(ray, tBegin);
  if (tBegin < box.y) march(ray, box.x, tBegin, min(box.y, tPlane), result);
  if (tPlane < kNever) {
    vec3 edge = ray.origin + ray.direction * tPlane;
    Page page = findPage(edge, draw.levelCount - 1u);
    if (page.found) gatherPlane(result, samplePage(page, edge));
  }
  return shownOf(result, ray);
}

#endif
