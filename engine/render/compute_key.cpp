#include "render/compute_key.h"

#include "gpu/check.h"
#include "render/transfer_block.h"

#include <algorithm>
#include <span>

namespace volary {

namespace {

/// Which voxels along their normals the planes in a volume show.
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
  const auto special = std::span(constants).subspan(shared::kFirstSpecialConstant);
  return std::ranges::all_of(special, [](std::uint32_t value) { return value == 0; }) ? Pictures::plain : Pictures::any;
}

ComputeKey makeComputeKey(PageFormat format, Filtering filtering, const DrawInput& input, const ViewRegion& region,
                          Shows shows) {
  ComputeKey key{.shader = kSliceShader, .shows = shows};
  const auto set = [&](std::uint32_t constant, bool value) { key.constants[constant] = value ? 1 : 0; };
  if (filtering == Filtering::shader)
    key.constants[shared::kConstantBufferVoxelBits] = static_cast<std::uint32_t>(8 * pageVoxelBytes(format));
  const bool nearest = input.interpolation == Interpolation::nearest;
  set(shared::kConstantNearest, nearest);
  set(shared::kConstantPinned, input.pinnedLevel.has_value());
  set(shared::kConstantDense, input.dense != nullptr);
  set(shared::kConstantFeedback, input.marksGhosts);
  set(shared::kConstantPlanes, shows == Shows::scene && region.kind == RegionKind::volume && !input.planes.empty());
  key.constants[shared::kConstantResolution] = (input.countsPixels ? 1 : 0) | (input.tintsPixels ? 2 : 0);
  const bool isPlane = region.kind == RegionKind::slice && region.slabWorld == 0.0;
  if (isPlane) return key;

  const RenderModeInfo& mode = infoOf(input.mode);
  key.shader = mode.shader;
  set(shared::kConstantLighting, mode.composites && input.lighting == Lighting::on);
  set(shared::kConstantIntegrates, mode.composites && isSharp(input.transfer));
  set(shared::kConstantSkipping, input.skipping == Skipping::on && mode.skips && input.dense == nullptr);
  set(shared::kConstantCountSamples, input.meaning == PixelMeaning::sampleCount);
  set(shared::kConstantJitters, input.jitter && region.kind == RegionKind::volume);
  // Without interpolation between voxels there is none between levels.
  set(shared::kConstantFades, region.perspective() && input.detail && !input.pinnedLevel && !nearest);
  key.constants[shared::kConstantSlab] = shaderSlab(input, region);
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
