// The bindings of every compute pass.
#ifndef VOLARY_BINDINGS_GLSL
#define VOLARY_BINDINGS_GLSL

#extension GL_EXT_buffer_reference : require
#extension GL_EXT_buffer_reference_uvec2 : require
#extension GL_EXT_scalar_block_layout : require

#include "shared/draw.h"
#include "shared/feedback.h"
#include "shared/page_table.h"
#include "shared/pipeline.h"
#include "shared/scene.h"

// Declares a special constant: see shared/pipeline.h.
#ifdef VOLARY_PLAIN
#define SPECIAL(id)
#else
#define SPECIAL(id) layout(constant_id = id)
#endif

// Bits of a page voxel where the page cache is a buffer, and lib/page_sample.glsl filters; 0 where it is an image.
layout(constant_id = kConstantBufferVoxelBits) const uint kBufferVoxelBits = 0u;

layout(local_size_x = kGroupSize, local_size_y = kGroupSize) in;

// The parameters that all images have in common, if there are several.
layout(set = 0, binding = kBindingDraw, scalar) uniform DrawBlock { DrawParams allDraw; };

#ifdef VOLARY_SCENE
// `draw` is the image that chooseImage() chose, for all functions of lib/. The numbers that each sample needs are read
// beforehand: a software device assumes that the image depends on the ray, and reads its numbers ray by ray. Read by address, a
// number is one gather. From a bound buffer it would be a loop, which takes the device's compiler five times as long.
layout(buffer_reference, scalar, buffer_reference_align = 4) readonly buffer ImageDraws { DrawParams images[]; };
layout(set = 0, binding = kBindingScene, scalar) readonly buffer SceneBlock { SceneParams scene; uint sceneLists[]; };
ImageDraws imageDraws = ImageDraws(scene.drawsAddress);
uint drawnImage = 0u;
#define draw imageDraws.images[drawnImage]
float greyZero;
float greyScale;

void chooseImage(uint image) {
  drawnImage = image;
  greyZero = draw.greyZero;
  greyScale = draw.greyScale;
}
#else
#define draw allDraw
#define greyZero draw.greyZero
#define greyScale draw.greyScale
#endif
layout(buffer_reference, scalar, buffer_reference_align = 4) readonly buffer PageTable { PageTableEntry entries[]; };
layout(set = 0, binding = kBindingPageCache) uniform sampler3D pageCache;
layout(set = 0, binding = kBindingPicture, rgba8) uniform writeonly image2D picture;
layout(buffer_reference, scalar, buffer_reference_align = 16) readonly buffer Transfer {
  vec4 colours[kTransferEntries];
  uint nextVisible[kTransferEntries];  // the first entry from here on that is not wholly transparent
  vec4 medium[kTransferEntries];       // extinction, in a, and what it emits
  vec4 integral[kTransferEntries];     // of that, from entry 0 on
};
layout(buffer_reference, scalar, buffer_reference_align = 4) readonly buffer SlicePlanes { PlaneParams planes[]; };
// The ranges of the bricks' cells, if they are in an image; see lib/cells.glsl.
layout(set = 0, binding = kBindingCellRanges) uniform sampler3D cellRanges;

// Words for the CPU: see shared/feedback.h.
layout(buffer_reference, scalar, buffer_reference_align = 4) buffer FeedbackWords {
  uint pixels[kResolutionBins];
  uint reached[];
};

// A whole number between -2^22 and 2^22 as an integer, by its bits: a software device converts one lane after the other. Other
// numbers give an arbitrary result.
ivec3 wholeOf(vec3 number) { return floatBitsToInt(number + 12582912.0) - 0x4b400000; }
ivec2 wholeOf(vec2 number) { return floatBitsToInt(number + 12582912.0) - 0x4b400000; }
int wholeOf(float number) { return floatBitsToInt(number + 12582912.0) - 0x4b400000; }

float greyOf(float texel) { return (texel - greyZero) * greyScale; }

// The length of a vector of edge space in units of the transfer function's opacity.
float unitsOf(vec3 edge) { return length(edge.x * draw.unitsX + edge.y * draw.unitsY + edge.z * draw.unitsZ); }

#endif
