// A ray through the volume, brick by brick. The entry point defines how samples add up, and includes this file behind it:
//   Accumulator                                   what has been gathered so far
//   Accumulator beginRay(Ray, float tBegin)       nothing yet; the ray is in the volume from tBegin on
//   void beginLevel(inout Accumulator, Ray, float dt)   tells the step of the samples that follow
//   void gather(inout Accumulator, Sample)        takes one sample; front to back
//   void gatherPlane(inout Accumulator, float texel)    takes the slice plane that ends the ray
//   bool canSkip(Accumulator, vec2 texels)        true if no sample of these values, least and greatest, would change it
//   bool isDone(Accumulator)                      true if nothing behind can change the pixel; what is gathered then is not
//                                                 counted, so that it does not matter how soon the march asks
//   Shown shownOf(Accumulator, Ray)               what the image shows
//
// Samples lie on one lattice per level for the whole volume: t = entry + (k + 0.5) * dt, with dt one voxel of that level
// along the ray, or a part of it, and entry where the ray enters the volume. So bricks of equal level meet without a seam,
// and a ray along an axis, with one sample a voxel, meets every voxel's centre exactly once. Where a cut begins or ends the ray
// the lattice stays as it is: samples come and go with a cut that moves, and never move.
//
// Based on: Hadwiger, Beyer, Jeong, Pfister: Interactive Volume Exploration of Petascale Microscopy Data Streams Using
// a Visualization-Driven Virtual Memory Approach (2012), for ray casting through a page table; the lattice is ours.
#ifndef VOLARY_MARCH_GLSL
#define VOLARY_MARCH_GLSL

#include "lib/cells.glsl"
#include "lib/page_sample.glsl"
#include "lib/page_walk.glsl"
#include "lib/pixel.glsl"
#include "lib/ray.glsl"
#include "lib/sample.glsl"

// More bricks than any ray of the largest volume crosses; a bound for the loop, never reached.
const int kMaxBricksOnRay = 65536;
// And samples in a cell: it bounds a number that may be too large for an int.
const int kMaxSamplesInCell = 4096;

layout(constant_id = 2) const uint kSkipping = 0u;
// The pixel is the number of samples, in three bytes, least first: for tests and benchmarks.
layout(constant_id = 3) const uint kCountSamples = 0u;

uint sampleCount = 0u;

// One brick's samples on a ray: sample k lies at local + k * step in the slot, and at tFirst + k * dt on the ray.
struct Stretch {
  int count;
  float tFirst;
  float dt;
  vec3 local;
  vec3 step;
  vec3 limit;  // where the level ends
};

// Loops are asked at their end whether they go on: see findPage().
void gatherSamples(inout Accumulator result, Page page, Stretch stretch, int begin, int end) {
  sampleCount += uint(max(end - begin, 0));
  int k = begin;
  do {
    if (k < end) {
      vec3 place = min(stretch.local + float(k) * stretch.step, stretch.limit);
      float texel = sampleSlot(page.slot, place);
      gather(result, Sample(texel, stretch.tFirst + float(k) * stretch.dt, page.level, page.slot, place));
    }
  } while (++k < end);
}

// A whole level, with as many chances to be done as a ray through bricks has.
void gatherDense(inout Accumulator result, Page page, Stretch stretch) {
  const int kSamples = int(kBrickPayload);
  int k = 0;
  do {
    gatherSamples(result, page, stretch, k, min(k + kSamples, stretch.count));
    k += kSamples;
  } while (k < stretch.count && !isDone(result));
}

// Cell by cell: rays that run together first all pass over what they can skip, and then all take samples. A sample that
// rounding puts a little beyond its cell is still within what the cell's range holds.
void gatherCells(inout Accumulator result, Page page, Stretch stretch) {
  vec3 forward = vec3(greaterThanEqual(stretch.step, vec3(0.0)));
  vec3 inverse = 1.0 / mix(stretch.step, vec3(1.0 / kNever), equal(stretch.step, vec3(0.0)));
  int k = 0;
  do {
    int end;
    bool skipped;
    do {
      vec3 cell = floor((stretch.local + float(k) * stretch.step) / kCellVoxels);
      cell = clamp(cell, vec3(0.0), vec3(kCellsPerBrick - 1.0));
      vec3 exit = ((cell + forward) * kCellVoxels - stretch.local) * inverse;
      end = min(int(clamp(min(min(exit.x, exit.y), exit.z), float(k), float(k + kMaxSamplesInCell))) + 1, stretch.count);
      skipped = canSkip(result, cellRange(page, cell));
      if (skipped) k = end;
    } while (skipped && k < stretch.count);
    gatherSamples(result, page, stretch, k, end);
    k = end;
  } while (k < stretch.count && !isDone(result));
}

void march(Ray ray, float tEntry, float tBegin, float tEnd, inout Accumulator result) {
  uint level = kPinned != 0u ? draw.pinnedLevel : draw.levelCount - 1u;
  uint latticeLevel = kNoLevel;
  float ahead = draw.walkAhead / length(ray.direction);
  float dt = 0.0;
  int next = 0;  // the next sample on latticeLevel's lattice
  float t = tBegin;
  int bricks = 0;
  do {
    // On to the next brick that may matter.
    Page page;
    Stretch stretch = Stretch(0, 0.0, 0.0, vec3(0.0), vec3(0.0), vec3(0.0));
    bool skipped;
    do {
      page = findPage(ray.origin + ray.direction * (t + ahead), level);
      float tIn = t;
      t = min(max(boxExit(ray, page.begin, page.end), t + ahead), tEnd);
      if (page.found) {
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
        stretch = Stretch(last - next, tFirst, dt, (ray.origin + ray.direction * tFirst) * levelFromEdge - first,
                          ray.direction * dt * levelFromEdge, draw.levels[level].sizeVoxels - first);
        if (kNearest != 0u) stretch.limit -= 0.5;
        next = max(next, last);
      } else {
        latticeLevel = kNoLevel;
        stretch.count = 0;
      }
      skipped = stretch.count <= 0;
      if (kSkipping != 0u) skipped = skipped || canSkip(result, brickRange(page));
    } while (skipped && t < tEnd && ++bricks < kMaxBricksOnRay);
    if (skipped) stretch.count = 0;

    if (kSkipping != 0u)
      gatherCells(result, page, stretch);
    else if (kDense != 0u)
      gatherDense(result, page, stretch);
    else
      gatherSamples(result, page, stretch, 0, stretch.count);
  } while (t < tEnd && !isDone(result) && ++bricks < kMaxBricksOnRay);
}

// Where one of the slice planes ends the ray; kNever if none does. Of several images the planes are those of one: they may
// lie in front of this one, or behind it.
float planeTime(Ray ray, float tBegin, float tEnd) {
#ifdef VOLARY_SCENE
  return kPlanes != 0u && scenePlane < kNever ? imageTime(scenePlane) : kNever;
#else
  return draw.showPlanes != 0u ? intersectPlanes(ray, tBegin, tEnd) : kNever;
#endif
}

Shown showImage(ivec2 pixel) {
  Ray ray = makeRay(pixel);
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  Span span = shownSpan(ray);
  float tBegin = max(box.x, span.begin);
  float tEnd = min(box.y, span.end);
  float tPlane = planeTime(ray, tBegin, tEnd);

  Accumulator result = beginRay(ray, tBegin);
  if (tBegin < tEnd) march(ray, box.x, tBegin, min(tEnd, tPlane), result);
  if (tPlane >= tBegin && tPlane <= tEnd) {
    vec3 edge = ray.origin + ray.direction * tPlane;
    Page page = findPage(edge, draw.levelCount - 1u);
    if (page.found) gatherPlane(result, samplePage(page, edge));
  }
  if (kCountSamples != 0u)
    return Shown(true, vec3(uvec3(sampleCount, sampleCount >> 8, sampleCount >> 16) & 255u) / 255.0, 1.0, kNever);
  return shownOf(result, ray);
}

#endif
