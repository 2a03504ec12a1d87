// The pixel that one image's ray makes. The entry point defines what lib/march.glsl asks for, and includes this file behind it:
//   Accumulator beginRay(Ray, float tBegin)       nothing yet; the ray is in the volume from tBegin on
//   void gatherPlane(inout Accumulator, float texel)    takes the slice plane that ends the ray
//   Shown shownOf(Accumulator, Ray)               what the image shows
#ifndef VOLARY_MARCH_PIXEL_GLSL
#define VOLARY_MARCH_PIXEL_GLSL

#include "lib/march.glsl"
#include "lib/pixel.glsl"
#include "lib/slice_plane.glsl"

// Where one of the slice planes ends the ray. If there are several images, the planes belong to one of them, and may lie in front
// of this image or behind it.
PlaneHit planeHit(Ray ray, float tBegin, float tEnd) {
#ifdef VOLARY_SCENE
  return kPlanes != 0u && scenePlane.t < kNever ? PlaneHit(imageTime(scenePlane.t), scenePlane.plane) : PlaneHit(kNever, 0u);
#else
  return intersectPlanes(ray, tBegin, tEnd);
#endif
}

Shown showImage(ivec2 pixel) {
  Ray ray = makeRay(pixel);
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  Span span = shownSpan(ray);
  float tBegin = max(box.x, span.begin);
  float tEnd = min(box.y, span.end);
  PlaneHit hit = planeHit(ray, tBegin, tEnd);

  pixelLack = kUndecided;
  sampleCount = 0u;
  Accumulator result = beginRay(ray, tBegin);
  if (tBegin < tEnd) march(ray, phaseOf(pixel), box.x, tBegin, min(tEnd, hit.t), result);
  // A slice with a thickness that no sample lies in shows its plane.
  bool isSlab = draw.tMax < kNever;
  if (isSlab && sampleCount == 0u) hit.t = 0.0;
  if (hit.t < kNever) {
    float decision = decisionOf(result);
    PlaneSample s = planeSampleAt(ray.origin + ray.direction * hit.t, hit);
    if (s.found) {
      gatherPlane(result, s.texel);
      noteResolution(result, decision, s.lack);
      if (pixelLack == kUndecided) pixelLack = s.lack;
    }
  }
  if (kCountSamples != 0u)
    return Shown(true, vec3(uvec3(sampleCount, sampleCount >> 8, sampleCount >> 16) & 255u) / 255.0, 1.0, kNever);
  return shownOf(result, ray);
}

#endif
