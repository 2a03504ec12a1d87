#version 460
#extension GL_GOOGLE_include_directive : require
// Compositing of several images in one march: emission and absorption of all that is at a place add up.
//
// Between two places where the ray enters or leaves an image, samples lie half a step inside of steps that follow each
// other; a step is one voxel, along the ray, of the finest level found at the sample before, or a part of it. Extinctions
// add, and the colours are mixed in their proportion.
//
// Based on: Engel, Hadwiger, Kniss, Rezk-Salama, Weiskopf: Real-Time Volume Graphics (2006), sections 1.4 (compositing)
// and 9.1.3 (opacity correction); lib/transfer.glsl for transfer functions that samples would step over; Max: Optical Models for Direct Volume Rendering (1995), for media that mix.

#include "lib/bindings.glsl"
#include "lib/detail.glsl"
#include "lib/lighting.glsl"
#include "lib/ray.glsl"
#include "lib/resolution.glsl"
#include "lib/sample.glsl"
#include "lib/scene_ray.glsl"
#include "lib/transfer.glsl"

layout(constant_id = 1) const uint kLighting = 0u;

// Images at one place of a ray; of more, which no microscope takes, the first ones are shown.
const uint kMostAtOnce = 32u;
const float kOpaque = 0.002;     // what is left to see behind is less than half a step of the 8-bit picture
const float kLeastThrough = 1e-6;  // an opaque sample, whose extinction is infinite
const int kMostSamples = 1 << 20;  // a bound for the loop, never reached

// A ray's time is that of the first image's ray: see sceneTime().
struct Interval {
  float begin;
  float end;
};

Interval imageInterval(ivec2 pixel) {
  Ray ray = makeRay(pixel);
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  return Interval(sceneTime(max(box.x, draw.tMin)), sceneTime(box.y));
}

struct Light {
  vec3 colour;  // premultiplied
  float transmittance;
};

// Extinction, and what is emitted, over the length that the opacity is for.
vec4 mediumOf(Ray ray, Sample s, float dt) {
  if (kIntegrates != 0u && kNearest == 0u) {
    vec3 halfStep = 0.5 * dt * ray.direction;
    return meanMedium(reachOf(greyOf(texelBeside(s, -halfStep))), reachOf(greyOf(texelBeside(s, halfStep))));
  }
  vec4 colour = transferAt(greyOf(s.texel));
  return -log(max(1.0 - colour.a, kLeastThrough)) * vec4(colour.rgb, 1.0);
}

// Adds those over a step of `dt` of one image at a sample of its ray.
void addImage(Ray ray, Sample s, float dt, inout float extinction, inout vec3 emission) {
  vec4 medium = mediumOf(ray, s, dt);
  if (medium.a <= 0.0) return;
  vec3 colour = medium.rgb / medium.a * draw.colour;
  if (kLighting != 0u) colour = lit(colour, gradientOf(s), ray.direction);
  float own = medium.a * dt * unitsOf(ray.direction);
  extinction += own;
  emission += own * colour;
}

// A voxel of a level along the ray.
float stepOf(Ray ray, uint level) {
  return 1.0 / (length(ray.direction * draw.levels[level].levelFromEdge) * draw.samplesPerVoxel);
}

// The first turn of the loop finds the step alone. It is not a loop of its own because all functions are inlined, and some
// software devices compile this one for a minute if the walk stands in it twice.
void marchTogether(ivec2 pixel, uint images[kMostAtOnce], uint count, float tBegin, float tEnd, inout Light light) {
  float t = tBegin;
  float dt = 0.0;
  for (int n = 0; n < kMostSamples && t + 0.5 * dt < tEnd && light.transmittance >= kOpaque; ++n) {
    float at = t + 0.5 * dt;
    float nextDt = kNever;
    float extinction = 0.0;
    vec3 emission = vec3(0.0);
    uint lack = kUndecided;
    for (uint i = 0u; i < count; ++i) {
      drawnImage = images[i];
      Ray ray = makeRay(pixel);
      float own = imageTime(at) + (n == 0 ? draw.walkAhead / length(ray.direction) : 0.0);
      Sample s;
      bool found = sampleAt(ray.origin + ray.direction * own, own, s);
      nextDt = min(nextDt, stepOf(ray, found ? s.fine.level : draw.levelCount - 1u));
      float before = extinction;
      if (found && n > 0) addImage(ray, s, dt, extinction, emission);
      if (extinction > before) lack = coarserLack(lack, s.lack);
    }
    if (pixelLack == kUndecided) pixelLack = lack;
    if (extinction > 0.0) {
      float through = exp(-extinction);
      light.colour += light.transmittance * (1.0 - through) * emission / extinction;
      light.transmittance *= through;
    }
    t += dt;
    dt = nextDt;
  }
}

// From one place where an image begins or ends to the next.
void marchScene(ivec2 pixel, uint list, float tBegin, float tEnd, inout Light light) {
  uint count = sceneLists[list];
  float t = tBegin;
  for (uint segment = 0u; segment <= 2u * count && t < tEnd && light.transmittance >= kOpaque; ++segment) {
    uint here[kMostAtOnce];
    uint hereCount = 0u;
    float next = tEnd;
    for (uint i = 1u; i <= count; ++i) {
      drawnImage = sceneLists[list + i];
      Interval interval = imageInterval(pixel);
      if (interval.begin >= interval.end) continue;
      if (interval.begin > t)
        next = min(next, interval.begin);
      else if (interval.end > t) {
        next = min(next, interval.end);
        if (hereCount < kMostAtOnce) here[hereCount++] = drawnImage;
      }
    }
    if (hereCount > 0u) marchTogether(pixel, here, hereCount, t, next, light);
    t = next;
  }
}

// What the images show where a slice plane ends the ray.
vec3 planeColour(ivec2 pixel, uint list, float t) {
  Mixture mixture = Mixture(vec3(0.0), 1.0);
  uint lack = kUndecided;
  for (uint i = 1u; i <= sceneLists[list]; ++i) {
    drawnImage = sceneLists[list + i];
    Ray ray = makeRay(pixel);
    vec3 edge = ray.origin + ray.direction * imageTime(t);
    if (any(lessThan(edge, vec3(0.0))) || any(greaterThan(edge, draw.boxSize))) continue;
    Sample s;
    if (!sampleAt(edge, imageTime(t), s)) continue;
    float grey = clamp(greyOf(s.texel), 0.0, 1.0);
    mixIn(mixture, grey * draw.colour, grey);
    lack = coarserLack(lack, s.lack);
  }
  if (pixelLack == kUndecided) pixelLack = lack;
  return mixture.colour;
}

void main() {
  ivec2 pixel = draw.beginPx + ivec2(gl_GlobalInvocationID.xy);
  if (any(greaterThanEqual(pixel, draw.endPx))) return;
  uint list = sceneListOf(pixel);
  float tPlane = scenePlaneTime(pixel);
  drawnImage = 0u;
  Span span = shownSpan(makeRay(pixel));
  Light light = Light(vec3(0.0), 1.0);
  marchScene(pixel, list, span.begin, min(span.end, tPlane), light);

  vec3 behind = draws[0].background.rgb;
  if (kPlanes != 0u && tPlane < kNever) behind = planeColour(pixel, list, tPlane);
  vec3 colour = tellResolution(light.colour + light.transmittance * behind, pixelLack);
  imageStore(picture, pixel, vec4(clamp(colour, 0.0, 1.0), 1.0));
}
