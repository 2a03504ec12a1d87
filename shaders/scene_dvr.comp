#version 460
#extension GL_GOOGLE_include_directive : require
// Compositing of several images in one march: emission and absorption of all that is at a place add up.
//
// Between two places where the ray enters or leaves an image, samples lie half a step inside of steps that follow each
// other; a step is one voxel, along the ray, of the finest level found at the end of the lot of samples before, or a part of it.
// Extinctions add, and the colours are mixed in their proportion. Each image is marched through a lot of samples at a time, so
// that it finds its bricks, and skips parts of them, as in a march through it alone.
//
// Based on: Engel, Hadwiger, Kniss, Rezk-Salama, Weiskopf: Real-Time Volume Graphics (2006), sections 1.4 (compositing)
// and 9.1.3 (opacity correction); Max: Optical Models for Direct Volume Rendering (1995), for media that mix; lib/transfer.glsl for
// transfer functions that samples would step over.

#include "lib/bindings.glsl"
#include "lib/cells.glsl"
#include "lib/detail.glsl"
#include "lib/jitter.glsl"
#include "lib/lighting.glsl"
#include "lib/ray.glsl"
#include "lib/resolution.glsl"
#include "lib/sample.glsl"
#include "lib/scene_ray.glsl"
#include "lib/slice_plane.glsl"
#include "lib/transfer.glsl"

layout(constant_id = kConstantLighting) const uint kLighting = 0u;

const uint kLot = 16u;           // samples of a lot
const float kOpaque = 0.002;     // what is left to see behind is less than half a step of the 8-bit picture
const float kLeastThrough = 1e-6;  // an opaque sample, whose extinction is infinite
const int kMostTurns = 1 << 18;  // a bound for the loop, never reached

// The sums over all images at the samples of a lot: extinction over the step, in a, and the emission in proportion to it.
vec4 media[kLot];
// The first sample of the lot that is seen, and by how many levels it is coarser than wanted.
uint firstSeen;
uint lackOfFirst;

struct Accumulator {
  float tLot;           // where the lot begins on the image's ray
  float perStep;        // 1 / givenStep
  float stepUnits;      // length of a step in units of the transfer function's opacity
  vec3 imageColour;
  vec3 direction;
  float levelStep;      // that the last level asks for; kNever if nothing was found
};

float givenStep;

void beginLevel(inout Accumulator result, Ray ray, float dt) { result.levelStep = dt; }

// Extinction, and what is emitted, over the length that the opacity is for.
vec4 mediumOf(Sample s) {
  if (kIntegrates != 0u && kNearest == 0u) return meanMedium(reachOf(greyOf(s.ends.x)), reachOf(greyOf(s.ends.y)));
  vec4 colour = transferAt(greyOf(s.texel));
  return -log(max(1.0 - colour.a, kLeastThrough)) * vec4(colour.rgb, 1.0);
}

void gather(inout Accumulator result, Sample s) {
  vec4 medium = mediumOf(s);
  if (medium.a <= 0.0) return;
  vec3 colour = medium.rgb / medium.a * result.imageColour;
  if (kLighting != 0u) colour = lit(colour, gradientOf(s), result.direction);
  uint i = min(uint(wholeOf(floor(max((s.t - result.tLot) * result.perStep, 0.0)))), kLot - 1u);
  media[i] += medium.a * result.stepUnits * vec4(colour, 1.0);
  if (kResolution == 0u || i > firstSeen) return;
  lackOfFirst = i < firstSeen ? s.lack : coarserLack(lackOfFirst, s.lack);
  firstSeen = i;
}

// The range of a cell covers a few steps of one voxel of its level, but no longer steps.
bool canSkip(Accumulator result, vec2 texels) {
  return givenStep <= 1.001 * result.levelStep && isTransparent(greyRange(texels));
}

bool isDone(Accumulator result) { return false; }
float decisionOf(Accumulator result) { return 0.0; }

#define MARCH_STEP_GIVEN
#define MARCH_INTEGRATES

#include "lib/march.glsl"

// A ray's time is that of the first image's ray: see sceneTime().
struct Interval {
  float begin;
  float end;
};

Interval imageInterval(Ray ray) {
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  return Interval(sceneTime(max(box.x, draw.tMin)), sceneTime(box.y));
}

struct Light {
  vec3 colour;  // premultiplied
  float transmittance;
};

// Where an image begins or ends next.
float nextStop(ivec2 pixel, uint list, float t, float tEnd) {
  float stop = tEnd;
  for (uint i = 1u; i <= sceneLists[list]; ++i) {
    chooseImage(sceneLists[list + i]);
    Interval interval = imageInterval(makeRay(pixel));
    if (interval.begin >= interval.end) continue;
    if (interval.begin > t)
      stop = min(stop, interval.begin);
    else if (interval.end > t)
      stop = min(stop, interval.end);
  }
  return stop;
}

// Adds one image's samples from `t` to `tNext` to the lot, if the image is at `middle`; the step that it asks for next.
float addImage(ivec2 pixel, float phase, float middle, float t, float tNext) {
  Ray ray = makeRay(pixel);
  Interval interval = imageInterval(ray);
  if (interval.begin > middle || interval.end < middle) return kNever;
  float tLot = imageTime(t);
  Accumulator result = Accumulator(tLot, 1.0 / givenStep, givenStep * unitsOf(ray.direction), draw.colour, ray.direction, kNever);
  march(ray, phase, tLot, tLot, imageTime(tNext), result);
  if (result.levelStep < kNever) return result.levelStep;
  return stepOf(ray, readLevel(draw.levelCount - 1u));
}

void addLot(inout Light light) {
  for (uint i = 0u; i < kLot; ++i) {
    vec4 medium = media[i];
    if (medium.a > 0.0 && light.transmittance >= kOpaque) {
      float through = exp(-medium.a);
      light.colour += light.transmittance * (1.0 - through) * medium.rgb / medium.a;
      light.transmittance *= through;
    }
  }
  if (pixelLack == kUndecided && firstSeen < kLot) pixelLack = lackOfFirst;
}

void marchScene(ivec2 pixel, uint list, float tBegin, float tEnd, inout Light light) {
  uint count = sceneLists[list];
  float phase = phaseOf(pixel);
  float t = tBegin;
  float stop = tBegin;
  givenStep = kNever;   // not known yet: a turn without samples finds it
  for (int turn = 0; turn < kMostTurns && t < tEnd && light.transmittance >= kOpaque; ++turn) {
    if (t >= stop) {
      stop = nextStop(pixel, list, t, tEnd);
      givenStep = kNever;
    }
    bool looks = givenStep == kNever;
    float tNext = looks ? t : min(t + float(kLot) * givenStep, stop);
    float step = kNever;
    firstSeen = kLot;
    for (uint i = 0u; i < kLot; ++i) media[i] = vec4(0.0);
    for (uint i = 1u; i <= count; ++i) {
      chooseImage(sceneLists[list + i]);
      step = min(step, addImage(pixel, phase, 0.5 * (t + stop), t, tNext));
    }
    if (!looks) addLot(light);
    t = step < kNever ? tNext : stop;
    givenStep = step;
  }
}

// The colour of the images where a slice plane ends the ray.
vec3 planeColour(ivec2 pixel, uint list) {
  Mixture mixture = Mixture(vec3(0.0), 1.0);
  uint lack = kUndecided;
  for (uint i = 1u; i <= sceneLists[list]; ++i) {
    chooseImage(sceneLists[list + i]);
    Ray ray = makeRay(pixel);
    PlaneHit hit = PlaneHit(imageTime(scenePlane.t), scenePlane.plane);
    PlaneSample s = planeSampleAt(ray.origin + ray.direction * hit.t, hit);
    if (!s.found) continue;
    float grey = clamp(greyOf(s.texel), 0.0, 1.0);
    mixIn(mixture, grey * draw.colour, grey);
    lack = coarserLack(lack, s.lack);
  }
  if (pixelLack == kUndecided) pixelLack = lack;
  return mixture.colour;
}

void main() {
  ivec2 pixel = pixelOfThread();
  if (any(greaterThanEqual(pixel, allDraw.endPx))) return;
  uint list = sceneListOf(pixel);
  scenePlane = findScenePlane(pixel);
  chooseImage(0u);
  Span span = shownSpan(makeRay(pixel));
  Light light = Light(vec3(0.0), 1.0);
  marchScene(pixel, list, span.begin, min(span.end, scenePlane.t), light);

  vec3 behind = allDraw.background.rgb;
  if (kPlanes != 0u && scenePlane.t < kNever) behind = planeColour(pixel, list);
  vec3 colour = tellResolution(light.colour + light.transmittance * behind, pixelLack);
  imageStore(picture, pixel, meanColour(pixel, vec4(clamp(colour, 0.0, 1.0), 1.0)));
}
