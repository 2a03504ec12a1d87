// A ray through the volume, brick by brick. Before including this file, a shader defines how samples add up:
//   Accumulator                                   what has been gathered so far
//   void beginLevel(inout Accumulator, Ray, float dt)   takes the step of the samples that follow, see below
//   void gather(inout Accumulator, Sample)        takes one sample; front to back
//   bool canSkip(Accumulator, vec2 texels)        true if no sample of these values, least and greatest, would change it
//   bool isDone(Accumulator)                      true if nothing behind can change the pixel; what is gathered then is not
//                                                 counted, so that it does not matter how soon the march asks
//   float decisionOf(Accumulator)                 a number that changes with the sample that decides the pixel
// Two more macros select variants. They are macros because a driver inlines all functions before it removes the code that a
// constant disables, and the other shaders would wait for that:
//   MARCH_FIRST_DECIDES    the first sample that counts decides the pixel, not the last one that changed something
//   MARCH_INTEGRATES       a sample covers its whole step, from end to end, and not its middle alone: Sample::ends
//
// Samples lie on one lattice per level for the whole volume: t = entry + (k + phase) * dt. Here dt is one voxel of that level
// along the ray, or a part of it, and the ray enters the volume at `entry`. So bricks of equal level meet without a seam, and a
// ray along an axis, with one sample per voxel and a phase of a half, meets every voxel's centre exactly once. A cut that begins
// or ends the ray leaves the lattice as it is: samples come and go with a cut that moves, but never move. With MARCH_STEP_GIVEN
// there is one lattice for all levels, whose dt is `givenStep`, and the ray of one image is marched part by part.
//
// Based on: Hadwiger, Beyer, Jeong, Pfister: Interactive Volume Exploration of Petascale Microscopy Data Streams Using
// a Visualization-Driven Virtual Memory Approach (2012), for ray casting through a page table; the lattice is ours.
#ifndef VOLARY_MARCH_GLSL
#define VOLARY_MARCH_GLSL

#include "lib/cells.glsl"
#include "lib/detail.glsl"
#include "lib/jitter.glsl"
#include "lib/page_sample.glsl"
#include "lib/page_walk.glsl"
#include "lib/ray.glsl"
#include "lib/resolution.glsl"
#include "lib/sample.glsl"
#ifdef MARCH_INTEGRATES
#include "lib/transfer.glsl"
#endif

// More bricks than any ray of the largest volume crosses; a bound for the loop, never reached.
const int kMaxBricksOnRay = 65536;
// Samples that are tested, and skipped, together: none is further than kCellMargin from their middle, nor are the values half a
// step before and behind them.
#ifdef MARCH_INTEGRATES
const int kSamplesTogether = 3 + int(kIntegrates == 0u);
#else
const int kSamplesTogether = 4;
#endif

layout(constant_id = kConstantSkipping) const uint kSkipping = 0u;
// The pixel is the number of samples, in three bytes, least first: for tests and benchmarks.
SPECIAL(kConstantCountSamples) const uint kCountSamples = 0u;

uint sampleCount = 0u;

#ifdef MARCH_STEP_GIVEN
uint walkFrom = kNoLevel;  // the level that a march ended in, where the next one begins to look
#endif

// Samples in a slot: sample k lies at local + k * step.
struct Track {
  vec3 local;
  vec3 step;
  vec3 limit;  // where the level ends
};

Track trackIn(Page page, Ray ray, float tFirst, float dt) {
  vec3 levelFromEdge = page.level.params.levelFromEdge;
  vec3 first = page.brick * kBrickPayload;
  Track track = Track((ray.origin + ray.direction * tFirst) * levelFromEdge - first, ray.direction * dt * levelFromEdge,
                      page.level.params.sizeVoxels - first);
  // A level's size is rounded: beyond its end its last voxel goes on.
  if (kNearest != 0u) track.limit -= 0.5;
  return track;
}

Spot spotOf(Page page, Track track, float k) {
  return Spot(page.level.index, page.slot, min(track.local + k * track.step, track.limit));
}

// The part of a ray in one brick, or where levels fade in one brick of each of both, and its samples: sample k is at
// tFirst + k * dt on the ray.
struct Stretch {
  int count;
  float tFirst;
  float dt;
  Zone zone;
  Page page;
  Track track;
  Page coarse;  // only where the zone fades
  Track coarseTrack;
};

bool fades(Stretch stretch) { return kFades != 0u && stretch.zone.fades; }

// Half steps are still within the brick's border.
Sample sampleOf(Stretch stretch, float k) {
  float t = stretch.tFirst + k * stretch.dt;
  Spot fine = spotOf(stretch.page, stretch.track, k);
  Sample s = Sample(sampleSlot(fine.slot, fine.local), vec2(0.0), t, fine, fine, 0.0, stretch.page.lack);
  if (fades(stretch)) {
    s.coarse = spotOf(stretch.coarse, stretch.coarseTrack, k);
    s.coarser = coarserPart(stretch.zone, t);
    s.texel = mix(s.texel, sampleSlot(s.coarse.slot, s.coarse.local), s.coarser);
    s.lack = max(s.lack, stretch.coarse.lack);
  }
  return s;
}

// The values that its samples can have.
vec2 rangeOf(Stretch stretch) {
  vec2 range = brickRange(stretch.page.slot);
  return fades(stretch) ? unite(range, brickRange(stretch.coarse.slot)) : range;
}

// And those of some around sample k.
vec2 rangeOf(Stretch stretch, float k) {
  vec2 range = cellRange(stretch.page.slot, stretch.track.local + k * stretch.track.step);
  return fades(stretch) ? unite(range, cellRange(stretch.coarse.slot, stretch.coarseTrack.local + k * stretch.coarseTrack.step))
                        : range;
}

#ifdef MARCH_FIRST_DECIDES
const bool kFirstDecides = true;
#else
const bool kFirstDecides = false;
#endif

// Notes how coarse the samples are that have changed the pixel since its decision was `before`, if any have.
void noteResolution(Accumulator result, float before, uint lack) {
  bool decides = decisionOf(result) != before && !(kFirstDecides && pixelLack != kUndecided);
  if (kResolution != 0u && decides) pixelLack = lack;
}

// Loops are asked at their end whether they go on: see findPage().
void gatherSamples(inout Accumulator result, Stretch stretch, int begin, int end) {
  sampleCount += uint(max(end - begin, 0));
  int k = begin;
#ifdef MARCH_INTEGRATES
  // The value where each step ends is that where the next one begins.
  bool integrates = kIntegrates != 0u && kNearest == 0u;
  float before = integrates && begin < end ? sampleOf(stretch, float(begin) - 0.5).texel : 0.0;
#endif
  do {
    if (k < end) {
      Sample s = sampleOf(stretch, float(k));
#ifdef MARCH_INTEGRATES
      s.ends = vec2(s.texel);
      if (integrates) {
        float behind = sampleOf(stretch, float(k) + 0.5).texel;
        s.ends = vec2(before, behind);
        before = behind;
      }
#endif
      gather(result, s);
    }
  } while (++k < end);
}

// A whole level, with as many chances to be done as a ray through bricks has.
void gatherDense(inout Accumulator result, Stretch stretch) {
  const int kSamples = int(kBrickPayload);
  int k = 0;
  do {
    gatherSamples(result, stretch, k, min(k + kSamples, stretch.count));
    k += kSamples;
  } while (k < stretch.count && !isDone(result));
}

// A few samples at a time; each lot is tested by the range of the cell that holds its middle. So rays that run together stay in
// step, which they would not from cell to cell.
void gatherCells(inout Accumulator result, Stretch stretch) {
  int k = 0;
  do {
    int end = min(k + kSamplesTogether, stretch.count);
    vec2 range = rangeOf(stretch, float(k) + 0.5 * float(kSamplesTogether - 1));
    if (!canSkip(result, range)) gatherSamples(result, stretch, k, end);
    k = end;
  } while (k < stretch.count && !isDone(result));
}

// One voxel of a level along the ray, or a part of it.
float stepOf(Ray ray, Level level) { return 1.0 / (length(ray.direction * level.params.levelFromEdge) * draw.samplesPerVoxel); }

void march(Ray ray, float phase, float tEntry, float tBegin, float tEnd, inout Accumulator result) {
#ifdef MARCH_STEP_GIVEN
  uint first = min(walkFrom, draw.levelCount - 1u);
#else
  uint first = draw.levelCount - 1u;
#endif
  Level level = readLevel(kPinned != 0u ? draw.pinnedLevel : first);
  uint latticeLevel = kNoLevel;
  float ahead = draw.walkAhead / length(ray.direction);
  float dt = 0.0;
  float next = 0.0;  // the next sample on latticeLevel's lattice
  float t = tBegin;
  Zone zone = zoneAt(t, 0u);
  int bricks = 0;
  do {
    // On to the next brick that may matter.
    Stretch stretch;
    stretch.count = 0;
    bool skipped;
    do {
      if (t >= zone.end) zone = zoneAt(t, zone.level);
      if (kPinned == 0u && level.index < zone.level) level = readLevel(zone.level);
      vec3 point = ray.origin + ray.direction * (t + ahead);
      Page page = findPage(point, level, zone.level);
      stretch.zone = zone;
      if (kFades != 0u && zone.fades) {
        stretch.coarse = findPage(point, readLevel(zone.level + 1u), zone.level + 1u);
        stretch.zone.fades = page.found && stretch.coarse.found;
        page.begin = max(page.begin, stretch.coarse.begin);
        page.end = min(page.end, stretch.coarse.end);
      }
      float tIn = t;
      t = min(max(boxExit(ray, page.begin, page.end), t + ahead), min(tEnd, zone.end));
      stretch.page = page;
      if (page.found) {
        // The samples of this brick: [next, last).
        level = page.level;
        if (level.index != latticeLevel) {
          latticeLevel = level.index;
          dt = stepOf(ray, level);
          beginLevel(result, ray, dt);
#ifdef MARCH_STEP_GIVEN
          dt = givenStep;
#endif
          next = ceil((tIn - tEntry) / dt - phase);
        }
        float last = ceil((t - tEntry) / dt - phase);
        stretch.count = wholeOf(last - next);
        stretch.tFirst = tEntry + (next + phase) * dt;
        stretch.dt = dt;
        stretch.track = trackIn(page, ray, stretch.tFirst, dt);
        if (fades(stretch)) stretch.coarseTrack = trackIn(stretch.coarse, ray, stretch.tFirst, dt);
        next = max(next, last);
      } else {
        latticeLevel = kNoLevel;
        stretch.count = 0;
      }
      skipped = stretch.count <= 0;
      if (kSkipping != 0u) skipped = skipped || canSkip(result, rangeOf(stretch));
    } while (skipped && t < tEnd && ++bricks < kMaxBricksOnRay);
    if (skipped) stretch.count = 0;

    float decision = decisionOf(result);
    if (kSkipping != 0u)
      gatherCells(result, stretch);
    else if (kDense != 0u)
      gatherDense(result, stretch);
    else
      gatherSamples(result, stretch, 0, stretch.count);
    noteResolution(result, decision, fades(stretch) ? max(stretch.page.lack, stretch.coarse.lack) : stretch.page.lack);
  } while (t < tEnd && !isDone(result) && ++bricks < kMaxBricksOnRay);
#ifdef MARCH_STEP_GIVEN
  walkFrom = level.index;
#endif
}

#endif
