#include "render/compute_key.h"

#include "gpu/check.h"
#include "render/transfer_block.h"

#include <algorithm>

namespace volary {

namespace {

ShaderId marchShader(RenderMode mode) {
  switch (mode) {
    case RenderMode::mip: return ShaderId::marchMip;
    case RenderMode::minip: return ShaderId::marchMinip;
    case RenderMode::average:
    case RenderMode::sum: return ShaderId::marchAverage;
    case RenderMode::attenuated: return ShaderId::marchAttenuated;
    case RenderMode::first: return ShaderId::marchFirst;
    case RenderMode::iso: return ShaderId::marchIso;
    case RenderMode::dvr: break;
  }
  return ShaderId::marchDvr;
}

/// What the planes in a volume show along their normals.
std::uint32_t shaderSlab(const DrawInput& input, const ViewRegion& region) {
  if (region.kind != RegionKind::volume || region.slabWorld == 0.0 || input.planes.empty()) return shared::kSlabNone;
  switch (input.slab) {
    case Slab::minimum: return shared::kSlabMinimum;
    case Slab::average: return shared::kSlabAverage;
    case Slab::maximum: break;
  }
  return shared::kSlabMaximum;
}

}  // namespace

Pictures ComputeKey::pictures() const {
  const bool plain = std::ranges::all_of(kSpecialConstants, [&](std::uint32_t i) { return constants[i] == 0; });
  return plain ? Pictures::plain : Pictures::any;
}

ComputeKey makeComputeKey(PageFormat format, Filtering filtering, const DrawInput& input, const ViewRegion& region) {
  const auto bufferTexelBits =
      filtering == Filtering::shader ? static_cast<std::uint32_t>(8 * pageVoxelBytes(format)) : 0;
  const std::uint32_t nearest = input.interpolation == Interpolation::nearest ? 1 : 0;
  const std::uint32_t pinned = input.pinnedLevel ? 1 : 0;
  const std::uint32_t dense = input.dense ? 1 : 0;
  const std::uint32_t lighting = input.lighting == Lighting::on ? 1 : 0;
  const std::uint32_t marks = input.marksGhosts ? 1 : 0;
  const std::uint32_t resolution = (input.countsPixels ? 1 : 0) | (input.tintsPixels ? 2 : 0);
  const bool isPlane = region.kind == RegionKind::slice && region.slabWorld == 0.0;
  if (isPlane)
    return {ShaderId::slice, {bufferTexelBits, 0, 0, 0, dense, nearest, pinned, 0, 0, marks, resolution, 0, 0, 0}};
  const ShaderId march = marchShader(input.mode);
  // A mean is of everything: there is nothing to skip.
  const bool skips = input.skipping == Skipping::on && input.mode != RenderMode::average && !input.dense;
  const std::uint32_t counts = input.meaning == PixelMeaning::sampleCount ? 1 : 0;
  const std::uint32_t jitters = input.jitter && region.kind == RegionKind::volume ? 1 : 0;
  // Without interpolation between voxels there is none between levels.
  const bool fades = region.perspective() && input.detail && pinned == 0 && nearest == 0;
  return {march,
          {bufferTexelBits, march == ShaderId::marchDvr ? lighting : 0, skips ? 1u : 0u, counts, dense, nearest, pinned,
           0, fades ? 1u : 0u, marks, resolution, input.mode == RenderMode::dvr && isSharp(input.transfer) ? 1u : 0u,
           jitters, shaderSlab(input, region)}};
}

ComputeKey makeSceneKey(PageFormat format, Filtering filtering, const DrawInput& input, const ViewRegion& region) {
  ComputeKey key = makeComputeKey(format, filtering, input, region);
  key.constants[7] = region.kind == RegionKind::volume && !input.planes.empty() ? 1 : 0;
  return key;
}

gpu::UniqueSampler createSampler(gpu::Device& device, VkFilter filter) {
  VkSamplerCreateInfo info{VK_STRUCTURE_TYPE_SAMPLER_CREATE_INFO};
  info.magFilter = filter;
  info.minFilter = filter;
  info.mipmapMode = VK_SAMPLER_MIPMAP_MODE_NEAREST;
  info.addressModeU = info.addressModeV = info.addressModeW = VK_SAMPLER_ADDRESS_MODE_CLAMP_TO_EDGE;
  VkSampler sampler = VK_NULL_HANDLE;
  gpu::check(vkCreateSampler(device.handle(), &info, nullptr, &sampler), "create a sampler");
  return {device.handle(), sampler};
}

}  // namespace volary
