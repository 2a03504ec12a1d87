// Page voxels that lie in a buffer, where there is no sampler to filter them: see engine/render/texel_store.h.
//
// On a software device (lavapipe) each texel of an image is a call of a function that saves all registers; a word of a
// buffer is one gather of all rays that run together. Eight texels a sample, it was three quarters of a frame.
#ifndef VOLARY_TEXEL_BUFFER_GLSL
#define VOLARY_TEXEL_BUFFER_GLSL

#include "lib/bindings.glsl"

layout(buffer_reference, scalar, buffer_reference_align = 4) readonly buffer TexelWords { uint word[]; };

// Page voxel i, which `word` holds.
float unpackVoxel(uint word, uint i) {
  if (kBufferVoxelBits == 32u) return uintBitsToFloat(word);
  const uint kMask = kBufferVoxelBits == 8u ? 3u : 1u;
  return float(word >> ((i & kMask) * kBufferVoxelBits) & ((1u << (kBufferVoxelBits & 31u)) - 1u));
}

// The number of the word that holds page voxel i.
uint wordOf(uint i) { return kBufferVoxelBits == 32u ? i : kBufferVoxelBits == 16u ? i >> 1u : i >> 2u; }

float voxelAt(TexelWords words, uint i) { return unpackVoxel(words.word[wordOf(i)], i); }

vec4 voxelsAt(TexelWords words, uvec4 i) {
  return vec4(voxelAt(words, i.x), voxelAt(words, i.y), voxelAt(words, i.z), voxelAt(words, i.w));
}

#endif
