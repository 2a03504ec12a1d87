#include "render/renderer.h"

#include "gpu/barrier.h"
#include "gpu/pipeline.h"
#include "render/compute_pipelines.h"
#include "render/draw_params.h"
#include "render/line_pass.h"
#include "render/scene_lists.h"
#include "render/transfer_block.h"
#include "shared/draw.h"

#include <array>
#include <cassert>
#include <cstring>
#include <optional>

namespace volary {

namespace {

std::uint32_t shaderBlend(Blend blend) {
  switch (blend) {
    case Blend::maximum: return shared::kBlendMaximum;
    case Blend::over: return shared::kBlendOver;
    case Blend::sum: break;
  }
  return shared::kBlendSum;
}

/// What one dispatch reads, staged for the frame.
struct StagedRegion {
  gpu::Staging draws;  ///< one DrawParams an image
  gpu::Staging scene;  ///< if there are several images
  VkDeviceSize sceneBytes = 0;
};

StagedRegion stageRegion(gpu::Frame& frame, const VolumeCache& cache, const SceneInput& input, const ViewRegion& region,
                         const PixelRect& rect, VkDeviceAddress transfer) {
  StagedRegion staged;
  staged.draws = frame.stage(input.images.size() * sizeof(shared::DrawParams));
  for (std::size_t i = 0; i < input.images.size(); ++i) {
    const shared::DrawParams params = stageDrawParams(frame, cache, input.images[i], region, rect, transfer);
    std::memcpy(staged.draws.mapped + i * sizeof(params), &params, sizeof(params));
  }
  if (input.shows == Shows::oneImage) return staged;

  SceneLists lists = makeSceneLists(region, rect, input.images);
  lists.params.blend = shaderBlend(input.blend);
  lists.params.drawsAddress = splitAddress(staged.draws.address);
  lists.params.guide = static_cast<std::uint32_t>(input.guide);
  const VkDeviceSize wordBytes = lists.words.size() * sizeof(std::uint32_t);
  staged.sceneBytes = sizeof(lists.params) + wordBytes;
  staged.scene = frame.stage(staged.sceneBytes);
  std::memcpy(staged.scene.mapped, &lists.params, sizeof(lists.params));
  std::memcpy(staged.scene.mapped + sizeof(lists.params), lists.words.data(), wordBytes);
  return staged;
}

}  // namespace

/// What the passes share, made once.
struct Renderer::Passes {
  gpu::UniqueDescriptorSetLayout setLayout;
  gpu::UniquePipelineLayout computeLayout;
  gpu::UniqueSampler nearest, linear;
  ComputePipelines compute;
  LinePass lines;

  explicit Passes(gpu::Device& device)
      : setLayout(gpu::createDescriptorSetLayout(device, computeBindings())),
        computeLayout(gpu::createPipelineLayout(device, setLayout.get())),
        nearest(createSampler(device, VK_FILTER_NEAREST)),
        linear(createSampler(device, VK_FILTER_LINEAR)),
        compute(device, computeLayout.get()),
        lines(device) {}
};

Renderer::Renderer(gpu::Device& device) : device_(device), passes_(std::make_unique<Passes>(device)) {}

Renderer::~Renderer() = default;

bool Renderer::prepare(PageFormat format, Filtering filtering, const DrawInput& input, Shows shows) {
  bool ready = true;
  for (const ViewRegion& region : input.regions)
    ready &= passes_->compute.prepare(makeComputeKey(format, filtering, input, region, shows));
  return ready;
}

std::size_t Renderer::pipelinesUsed() const { return passes_->compute.usedCount(); }

void Renderer::draw(gpu::Frame& frame, VolumeCache& cache, Picture& picture, const DrawInput& input) {
  draw(frame, cache, picture, SceneInput{.shows = Shows::oneImage, .images = {&input, 1}});
}

void Renderer::draw(gpu::Frame& frame, VolumeCache& cache, Picture& picture, const SceneInput& input) {
  assert(cache.pageTableAddress() != 0 && !input.images.empty());
  const DrawInput& common = input.images.front();
  const VkCommandBuffer commands = frame.commands();
  picture.acquire(frame, gpu::kComputeWrite);
  if (common.jitter) common.jitter->buffers->acquire(frame);

  const TransferBlock transferBlock = makeTransferBlock(common.transfer);
  const gpu::Staging transfer = frame.stage(sizeof(transferBlock));
  std::memcpy(transfer.mapped, &transferBlock, sizeof(transferBlock));

  PixelRect drawn{.begin = ivec2(0), .end = picture.sizePx()};
  if (common.onlyPx) drawn = intersect(drawn, *common.onlyPx);
  for (const ViewRegion& region : common.regions) {
    const PixelRect rect = intersect(drawn, {.begin = region.offsetPx, .end = region.offsetPx + region.sizePx});
    if (isEmpty(rect)) continue;
    const StagedRegion staged = stageRegion(frame, cache, input, region, rect, transfer.address);

    const VkDescriptorSet set = frame.allocateDescriptors(passes_->setLayout.get());
    const bool smooth = common.interpolation == Interpolation::trilinear && cache.filtering() == Filtering::sampler;
    const VkDescriptorBufferInfo draws{staged.draws.buffer, staged.draws.offset, sizeof(shared::DrawParams)};
    const VkDescriptorImageInfo pages{(smooth ? passes_->linear : passes_->nearest).get(),
                                      (common.dense ? common.dense->texels() : cache.texels()).image().view(),
                                      VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    const VkDescriptorImageInfo cells{passes_->nearest.get(), cache.cells().image().view(),
                                      VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    const VkDescriptorImageInfo target{VK_NULL_HANDLE, picture.view(), VK_IMAGE_LAYOUT_GENERAL};
    const VkDescriptorBufferInfo scene{staged.scene.buffer, staged.scene.offset, staged.sceneBytes};
    const std::array<gpu::DescriptorWrite, 5> writes = {
        {{.binding = shared::kBindingDraw, .type = VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, .buffer = &draws},
         {.binding = shared::kBindingPageCache, .type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, .image = &pages},
         {.binding = shared::kBindingCellRanges, .type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, .image = &cells},
         {.binding = shared::kBindingPicture, .type = VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, .image = &target},
         {.binding = shared::kBindingScene, .type = VK_DESCRIPTOR_TYPE_STORAGE_BUFFER, .buffer = &scene}}};
    // One image alone has no scene.
    gpu::writeDescriptors(device_, set, std::span(writes).first(staged.sceneBytes > 0 ? 5 : 4));

    vkCmdBindPipeline(
        commands, VK_PIPELINE_BIND_POINT_COMPUTE,
        passes_->compute.get(makeComputeKey(cache.format(), cache.filtering(), common, region, input.shows)));
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, passes_->computeLayout.get(), 0, 1, &set, 0,
                            nullptr);
    const uvec2 groups = ceilDiv(uvec2(rect.end - rect.begin), uvec2(shared::kGroupSize));
    vkCmdDispatch(commands, groups.x, groups.y, 1);
  }
}

void Renderer::drawLines(gpu::Frame& frame, Picture& picture, std::span<const RegionLines> regions,
                         const std::optional<PixelRect>& onlyPx) {
  passes_->lines.draw(frame, picture, regions, onlyPx);
}

void Renderer::clear(gpu::Frame& frame, Picture& picture, const vec4& colour) {
  picture.acquire(frame, gpu::kTransferWrite);
  const VkClearColorValue value{{colour.r, colour.g, colour.b, colour.a}};
  const VkImageSubresourceRange range{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  vkCmdClearColorImage(frame.commands(), picture.image(), VK_IMAGE_LAYOUT_GENERAL, &value, 1, &range);
}

}  // namespace volary
