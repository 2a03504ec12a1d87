// The pixel that a thread draws. The entry point defines what one image shows there:
//   Shown showImage(ivec2 pixel)
// With VOLARY_SCENE the images of the pixel's tile are mixed.
#ifndef VOLARY_PIXEL_GLSL
#define VOLARY_PIXEL_GLSL

#include "lib/bindings.glsl"

struct Shown {
  bool found;     // false: no voxel of the image is here
  vec3 colour;    // in [0, 1]; that much light, whatever the opacity
  float opacity;  // of what lies below, for kBlendOver alone
};

Shown shownNothing() { return Shown(false, vec3(0.0), 0.0); }

// A projected value, or a slice's, as the image's colour has it.
Shown shownGrey(float grey) {
  float light = clamp(grey, 0.0, 1.0);
  return Shown(true, light * draw.colour, light);
}

Shown showImage(ivec2 pixel);

#ifdef VOLARY_SCENE
vec4 colourOf(ivec2 pixel) {
  uvec2 tile = uvec2(pixel - scene.tilesBeginPx) / kSceneTile;
  uint list = sceneLists[tile.y * scene.tilesPerRow + tile.x];
  bool found = false;
  vec3 colour = vec3(0.0);
  float through = 1.0;
  for (uint i = 1u; i <= sceneLists[list]; ++i) {
    drawnImage = sceneLists[list + i];
    Shown shown = showImage(pixel);
    if (!shown.found) continue;
    found = true;
    if (scene.blend == kBlendMaximum) {
      colour = max(colour, shown.colour);
    } else {
      colour += through * shown.colour;
      if (scene.blend == kBlendOver) through *= 1.0 - shown.opacity;
    }
  }
  return found ? vec4(colour, 1.0) : draws[0].background;
}
#else
vec4 colourOf(ivec2 pixel) {
  Shown shown = showImage(pixel);
  return shown.found ? vec4(shown.colour, 1.0) : draw.background;
}
#endif

// Threads that run together draw 4 x 2 pixels, not 8 in a row: rays that are closer together enter and leave bricks together.
ivec2 pixelOfThread() {
  uint i = gl_LocalInvocationIndex;
  uvec2 inGroup = uvec2((i & 3u) | (i >> 1u & 4u), (i >> 2u & 1u) | (i >> 3u & 6u));
  return draw.beginPx + ivec2(gl_WorkGroupID.xy * kGroupSize + inGroup);
}

void main() {
  ivec2 pixel = pixelOfThread();
  if (any(greaterThanEqual(pixel, draw.endPx))) return;
  imageStore(picture, pixel, clamp(colourOf(pixel), 0.0, 1.0));
}

#endif
