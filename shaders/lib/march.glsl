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
// Where samples may come in any order it defines MARCH_SEEKS and
//   float promiseOf(vec2 texels)                  how much such values may matter
// and the ray begins with the cell that promises most: what that holds lets it skip more of the others.
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
const int kSamplesTogether = 4;

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

// The cell on a ray that promises most: samples [begin, end) of the brick that the ray is in from tIn to tOut, whose first
// sample is at tFirst.
struct Best {
  float promise;
  float tIn;
  float tOut;
  float tFirst;
  int begin;
  int end;
};

// What a ray is marched for: the best cell is sought, then sampled alone, then all is.
const int kSeek = 0;
const int kSampleBest = 1;
const int kSampleAll = 2;

#ifdef MARCH_SEEKS
const bool kSeeks = true;
#else
const bool kSeeks = false;
float promiseOf(vec2 texels) { return 0.0; }
#endif

// True if values in this range are of no use to the sweep.
bool isUseless(Accumulator result, int sweep, Best best, vec2 texels) {
  if (kSeeks && sweep == kSeek) return promiseOf(texels) <= best.promise;
  return canSkip(result, texels);
}

// True if sample k begins the best cell, which has been sampled.
bool isTaken(int sweep, Best best, float tFirst, int k) {
  return kSeeks && sweep == kSampleAll && k == best.begin && tFirst == best.tFirst;
}

// Loops are asked at their end whether they go on: see findPage().
void gatherSamples(inout Accumulator result, Page page, Stretch stretch, int begin, int end) {
  sampleCount += uint(max(end - begin, 0));
  int k = begin;
  do {
    if (k < end) {
      vec3 place = min(stretch.local + float(k) * stretch.step, stretch.limit);
      float texel = sampleSlot(page.slot, place);
      gather(result, Sample(texel, stretch.tFirst + float(k) * stretch.dt, page.level.index, page.slot, place));
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

// Cell by cell. Rays that run together take samples together, some at a time: those that are through with their cell go on to
// the next one that matters, and then all take the next samples. A sample that rounding puts a little beyond its cell is
// still within what the cell's range holds.
void gatherCells(inout Accumulator result, inout Best best, int sweep, Page page, Stretch stretch) {
  vec3 forward = vec3(greaterThanEqual(stretch.step, vec3(0.0)));
  vec3 inverse = 1.0 / mix(stretch.step, vec3(1.0 / kNever), equal(stretch.step, vec3(0.0)));
  int k = 0;
  int end = 0;  // of the cell that is being sampled
  do {
    bool searches = k >= end;
    while (searches) {
      vec3 cell = floor((stretch.local + float(k) * stretch.step) / kCellVoxels);
      cell = clamp(cell, vec3(0.0), vec3(kCellsPerBrick - 1.0));
      vec3 exit = ((cell + forward) * kCellVoxels - stretch.local) * inverse;
      float last = floor(min(min(min(exit.x, exit.y), exit.z), float(k + kMaxSamplesInCell)));
      int cellEnd = min(max(wholeOf(last), k) + 1, stretch.count);
      vec2 range = cellRange(page, cell);
      bool skipped = isUseless(result, sweep, best, range) || isTaken(sweep, best, stretch.tFirst, k);
      if (kSeeks && sweep == kSeek && !skipped && k < cellEnd) {
        best.promise = promiseOf(range);
        best.tFirst = stretch.tFirst;
        best.begin = k;
        best.end = cellEnd;
        skipped = true;
      }
      end = cellEnd;
      if (skipped) k = end;
      searches = skipped && k < stretch.count;
    }
    int batchEnd = min(end, k + kSamplesTogether);
    gatherSamples(result, page, stretch, k, batchEnd);
    k = batchEnd;
  } while (k < stretch.count && !isDone(result));
}

void sweepRay(Ray ray, float tEntry, float tBegin, float tEnd, int sweep, inout Best best, inout Accumulator result) {
  Level level = readLevel(kPinned != 0u ? draw.pinnedLevel : draw.levelCount - 1u);
  uint latticeLevel = kNoLevel;
  float ahead = draw.walkAhead / length(ray.direction);
  float dt = 0.0;
  float next = 0.0;  // the next sample on latticeLevel's lattice
  float t = tBegin;
  int bricks = 0;
  float tIn = t;
  do {
    // On to the next brick that may matter.
    Page page;
    Stretch stretch = Stretch(0, 0.0, 0.0, vec3(0.0), vec3(0.0), vec3(0.0));
    bool skipped;
    do {
      page = findPage(ray.origin + ray.direction * (t + ahead), level);
      tIn = t;
      t = min(max(boxExit(ray, page.begin, page.end), t + ahead), tEnd);
      if (page.found) {
        // The samples of this brick: [next, last).
        level = page.level;
        vec3 levelFromEdge = level.params.levelFromEdge;
        if (level.index != latticeLevel) {
          latticeLevel = level.index;
          dt = 1.0 / (length(ray.direction * levelFromEdge) * draw.samplesPerVoxel);
          next = ceil((tIn - tEntry) / dt - 0.5);
          beginLevel(result, ray, dt);
        }
        float last = ceil((t - tEntry) / dt - 0.5);

        // Their places in the slot. A level's size is rounded: beyond its end its last voxel goes on.
        float tFirst = tEntry + (next + 0.5) * dt;
        vec3 first = page.brick * kBrickPayload;
        stretch = Stretch(wholeOf(last - next), tFirst, dt, (ray.origin + ray.direction * tFirst) * levelFromEdge - first,
                          ray.direction * dt * levelFromEdge, level.params.sizeVoxels - first);
        if (kNearest != 0u) stretch.limit -= 0.5;
        next = max(next, last);
      } else {
        latticeLevel = kNoLevel;
        stretch.count = 0;
      }
      skipped = stretch.count <= 0;
      if (kSkipping != 0u) skipped = skipped || isUseless(result, sweep, best, brickRange(page));
    } while (skipped && t < tEnd && ++bricks < kMaxBricksOnRay);
    if (skipped) stretch.count = 0;

    if (kSkipping != 0u) {
      float promise = best.promise;
      if (kSeeks && sweep == kSampleBest)
        gatherSamples(result, page, stretch, best.begin, best.end);
      else
        gatherCells(result, best, sweep, page, stretch);
      if (kSeeks && best.promise > promise) {
        best.tIn = tIn;
        best.tOut = t;
      }
    }
    else if (kDense != 0u)
      gatherDense(result, page, stretch);
    else
      gatherSamples(result, page, stretch, 0, stretch.count);
  } while (t < tEnd && !isDone(result) && ++bricks < kMaxBricksOnRay);
}

void march(Ray ray, float tEntry, float tBegin, float tEnd, inout Accumulator result) {
  Best best = Best(-kNever, tBegin, tBegin, kNever, 0, 0);
  float begin = tBegin, end = tEnd;
  int sweep = kSeeks && kSkipping != 0u ? kSeek : kSampleAll;
  do {
    sweepRay(ray, tEntry, begin, end, sweep, best, result);
    ++sweep;
    begin = sweep == kSampleBest ? best.tIn : tBegin;
    end = sweep == kSampleBest ? best.tOut : tEnd;
  } while (sweep <= kSampleAll && !isDone(result));
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
    Page page = findPage(edge, readLevel(draw.levelCount - 1u));
    if (page.found) gatherPlane(result, samplePage(page, edge));
  }
  if (kCountSamples != 0u)
    return Shown(true, vec3(uvec3(sampleCount, sampleCount >> 8, sampleCount >> 16) & 255u) / 255.0, 1.0, kNever);
  return shownOf(result, ray);
}

#endif
