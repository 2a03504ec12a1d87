// The pixel that a thread draws. The entry point defines what one image shows there:
//   Shown showImage(ivec2 pixel)    and sets pixelLack
// With VOLARY_SCENE the images of the pixel's tile are mixed.
#ifndef VOLARY_PIXEL_GLSL
#define VOLARY_PIXEL_GLSL

#include "lib/bindings.glsl"
#include "lib/jitter.glsl"
#include "lib/ray.glsl"
#include "lib/resolution.glsl"
#ifdef VOLARY_SCENE
#include "lib/scene_ray.glsl"
#endif

struct Shown {
  bool found;     // false: no voxel of the image is here
  vec3 colour;    // in [0, 1]; that much light, whatever the opacity
  float opacity;  // of what lies below, for kBlendOver alone
  float t;        // of a surface: where it is on the ray; kNever of anything else
};

Shown shownNothing() { return Shown(false, vec3(0.0), 0.0, kNever); }

// A projected value, or a slice's, as the image's colour has it.
Shown shownGrey(float grey) {
  float light = clamp(grey, 0.0, 1.0);
  return Shown(true, light * draw.colour, light, kNever);
}

Shown showImage(ivec2 pixel);

#ifdef VOLARY_SCENE
// The nearest surface hides everything else; without surfaces the images are mixed as the scene says.
vec4 colourOf(ivec2 pixel) {
  uint list = sceneListOf(pixel);
  scenePlane = findScenePlane(pixel);
  bool found = false;
  Mixture mixture = Mixture(vec3(0.0), 1.0);
  float nearest = kNever;
  uint lack = kUndecided;
  for (uint i = 1u; i <= sceneLists[list]; ++i) {
    chooseImage(sceneLists[list + i]);
    Shown shown = showImage(pixel);
    if (!shown.found) continue;
    found = true;
    float t = shown.t < kNever ? sceneTime(shown.t) : kNever;
    if (t < nearest) {
      mixture.colour = shown.colour;
      lack = pixelLack;
    } else if (nearest == kNever) {
      mixIn(mixture, shown.colour, shown.opacity);
      lack = coarserLack(lack, pixelLack);
    }
    nearest = min(nearest, t);
  }
  return found ? vec4(tellResolution(mixture.colour, lack), 1.0) : allDraw.background;
}
#else
vec4 colourOf(ivec2 pixel) {
  Shown shown = showImage(pixel);
  return shown.found ? vec4(tellResolution(shown.colour, pixelLack), 1.0) : draw.background;
}
#endif

void main() {
  ivec2 pixel = pixelOfThread();
  if (any(greaterThanEqual(pixel, allDraw.endPx))) return;
  imageStore(picture, pixel, meanColour(pixel, clamp(colourOf(pixel), 0.0, 1.0)));
}

#endif
