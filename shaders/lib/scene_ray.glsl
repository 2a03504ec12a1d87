// The one ray that a pixel has through the edge spaces of several images, the planes that end it, and how colours are mixed.
//
// Each image's rays begin where its own numbers are small, so that the time on its ray differs from that on another image's ray
// by a constant, which DrawParams::tMin gives.
#ifndef VOLARY_SCENE_RAY_GLSL
#define VOLARY_SCENE_RAY_GLSL

#include "lib/bindings.glsl"
#include "lib/ray.glsl"

// Whether slice planes are shown.
layout(constant_id = kConstantPlanes) const uint kPlanes = 0u;

// Where the pixel's ray meets a slice plane, on the ray of the first image.
PlaneHit scenePlane;

// From a time on the ray of the chosen image to one on that of the first image, and back.
float sceneTime(float t) { return t - draw.tMin + allDraw.tMin; }
float imageTime(float t) { return t - allDraw.tMin + draw.tMin; }

uint sceneListOf(ivec2 pixel) {
  uvec2 tile = uvec2(pixel - scene.tilesBeginPx) / kSceneTile;
  return sceneLists[tile.y * scene.tilesPerRow + tile.x];
}

// When the ray meets one of the slice planes, which are the guide's and as large as that.
PlaneHit findScenePlane(ivec2 pixel) {
  if (kPlanes == 0u) return PlaneHit(kNever, 0u);
  chooseImage(scene.guide);
  Ray ray = makeRay(pixel);
  vec2 box = intersectBox(ray, vec3(0.0), draw.boxSize);
  Span span = shownSpan(ray);
  PlaneHit hit = intersectPlanes(ray, max(box.x, span.begin), min(box.y, span.end));
  if (hit.t < kNever) hit.t = sceneTime(hit.t);
  return hit;
}

struct Mixture {
  vec3 colour;
  float through;  // of what is mixed in next, with kBlendOver
};

void mixIn(inout Mixture mixture, vec3 colour, float opacity) {
  if (scene.blend == kBlendMaximum) {
    mixture.colour = max(mixture.colour, colour);
    return;
  }
  mixture.colour += mixture.through * colour;
  if (scene.blend == kBlendOver) mixture.through *= 1.0 - opacity;
}

#endif
