// The ray through a pixel, and the part of it that crosses the volume.
#ifndef VOLARY_RAY_GLSL
#define VOLARY_RAY_GLSL

#include "lib/bindings.glsl"

struct Ray {
  vec3 origin;
  vec3 direction;
};

// Threads that run together draw 4 x 2 pixels, not 8 in a row: rays that are closer together enter and leave bricks together.
ivec2 pixelOfThread() {
  uint i = gl_LocalInvocationIndex;
  uvec2 inGroup = uvec2((i & 3u) | (i >> 1u & 4u), (i >> 2u & 1u) | (i >> 3u & 6u));
  return allDraw.beginPx + ivec2(gl_WorkGroupID.xy * kGroupSize + inGroup);
}

Ray makeRay(ivec2 pixel) {
  vec2 px = vec2(pixel - allDraw.offsetPx) + 0.5;
  return Ray(draw.origin0 + px.x * draw.originDx + px.y * draw.originDy,
             draw.direction0 + px.x * draw.directionDx + px.y * draw.directionDy);
}

// Where the ray reaches the faces `low` and `high` along each axis: entry and exit. An axis along which the ray doesn't
// move is entered and left never, or never inside.
void faceTimes(Ray ray, vec3 low, vec3 high, out vec3 entry, out vec3 exit) {
  bvec3 still = equal(ray.direction, vec3(0.0));
  vec3 inverse = 1.0 / mix(ray.direction, vec3(1.0), still);
  vec3 a = (low - ray.origin) * inverse;
  vec3 b = (high - ray.origin) * inverse;
  bvec3 outside = bvec3(uvec3(lessThan(ray.origin, low)) | uvec3(greaterThan(ray.origin, high)));
  entry = mix(min(a, b), mix(vec3(-kNever), vec3(kNever), outside), still);
  exit = mix(max(a, b), mix(vec3(kNever), vec3(-kNever), outside), still);
}

// Entry into and exit out of the box; entry >= exit if the ray misses it.
vec2 intersectBox(Ray ray, vec3 low, vec3 high) {
  vec3 entry;
  vec3 exit;
  faceTimes(ray, low, high, entry, exit);
  return vec2(max(max(entry.x, entry.y), entry.z), min(min(exit.x, exit.y), exit.z));
}

// Exit out of a box that the ray is in.
float boxExit(Ray ray, vec3 low, vec3 high) {
  bvec3 still = equal(ray.direction, vec3(0.0));
  vec3 face = mix(low, high, greaterThan(ray.direction, vec3(0.0)));
  vec3 exit = mix((face - ray.origin) / mix(ray.direction, vec3(1.0), still), vec3(kNever), still);
  return min(min(exit.x, exit.y), exit.z);
}

// The part of the ray that the picture may show, wherever the image is; empty if begin >= end.
struct Span {
  float begin;
  float end;
  uint cut;  // the half-space of draw.clip in which it begins; draw.clipCount if in none
};

Span shownSpan(Ray ray, float tMin, float tMax) {
  Span span = Span(tMin, tMax, draw.clipCount);
  for (uint i = 0u; i < draw.clipCount; ++i) {
    float inside = dot(draw.clip[i].xyz, ray.origin) + draw.clip[i].w;
    float rise = dot(draw.clip[i].xyz, ray.direction);
    float t = -inside / rise;
    if (rise > 0.0 && t > span.begin) {
      span.begin = t;
      span.cut = i;
    } else if (rise < 0.0) {
      span.end = min(span.end, t);
    } else if (rise == 0.0 && inside < 0.0) {
      span.end = -kNever;
    }
  }
  return span;
}

Span shownSpan(Ray ray) { return shownSpan(ray, draw.tMin, draw.tMax); }

// Where a ray meets a slice plane, and which one; kNever if none.
struct PlaneHit {
  float t;
  uint plane;
};

// The first one inside the volume and within [tBegin, tEnd].
PlaneHit intersectPlanes(Ray ray, float tBegin, float tEnd) {
  PlaneHit nearest = PlaneHit(kNever, 0u);
  SlicePlanes slices = SlicePlanes(draw.planesAddress);
  for (uint i = 0u; i < draw.planeCount; ++i) {
    vec4 plane = slices.planes[i].plane;
    float rise = dot(plane.xyz, ray.direction);
    if (rise == 0.0) continue;
    float t = -(dot(plane.xyz, ray.origin) + plane.w) / rise;
    if (t >= tBegin && t <= tEnd && t < nearest.t) nearest = PlaneHit(t, i);
  }
  return nearest;
}

#endif
