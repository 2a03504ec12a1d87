#include "render/renderer.h"

#include "gpu/barrier.h"
#include "gpu/check.h"
#include "gpu/pipeline.h"
#include "render/compute_pipelines.h"
#include "render/draw_params.h"
#include "render/shader_code.h"
#include "render/transfer_block.h"
#include "shared/draw.h"

#include <array>
#include <cassert>
#include <cstddef>
#include <cstring>
#include <optional>
#include <vector>

namespace volary {

namespace {

/// A line's end as the vertex shader reads it.
struct LineVertex {
  vec4 clipPosition;
  vec4 colour;
};

struct ClipLine {
  dvec4 a;
  dvec4 b;
};

/// The line in clip space, without what lies behind the eye or far beside the region; nothing if that is all of it.
///
/// The rasteriser cuts lines too, but some lose those whose ends are very far off, as they are near the eye's plane.
std::optional<ClipLine> projectLine(const OverlayLine& line, const dmat4& clipFromWorldSpace, RegionKind kind) {
  dvec4 a = clipFromWorldSpace * dvec4(line.a, 1.0);
  dvec4 b = clipFromWorldSpace * dvec4(line.b, 1.0);
  // Half-spaces dot(plane, p) >= 0: twice the region's width and height, and ahead of the eye.
  const double ahead = kind == RegionKind::volume ? 1.0 : 0.0;
  const std::array<dvec4, 5> planes = {dvec4(0, 0, ahead, 0), dvec4(1, 0, 0, 2), dvec4(-1, 0, 0, 2), dvec4(0, 1, 0, 2),
                                       dvec4(0, -1, 0, 2)};
  for (const dvec4& plane : planes) {
    const double insideA = glm::dot(plane, a), insideB = glm::dot(plane, b);
    if (insideA < 0.0 && insideB < 0.0) return std::nullopt;
    if (insideA < 0.0) a = glm::mix(a, b, insideA / (insideA - insideB));
    if (insideB < 0.0) b = glm::mix(b, a, insideB / (insideB - insideA));
  }
  // There is no depth test; in the middle of the depth range nothing is cut.
  a.z = 0.5 * a.w;
  b.z = 0.5 * b.w;
  return ClipLine{a, b};
}

VkRect2D vulkanRect(const PixelRect& rect) {
  const ivec2 size = rect.end - rect.begin;
  return {{rect.begin.x, rect.begin.y}, {static_cast<std::uint32_t>(size.x), static_cast<std::uint32_t>(size.y)}};
}

}  // namespace

/// What the passes share, made once.
struct Renderer::Passes {
  gpu::UniqueDescriptorSetLayout setLayout;
  gpu::UniquePipelineLayout computeLayout;
  gpu::UniquePipelineLayout lineLayout;
  gpu::UniquePipeline lines;
  gpu::UniqueSampler nearest, linear;
  std::optional<ComputePipelines> compute;

  explicit Passes(gpu::Device& device);
};

Renderer::Passes::Passes(gpu::Device& device) {
  setLayout = gpu::createDescriptorSetLayout(device, computeBindings());
  computeLayout = gpu::createPipelineLayout(device, setLayout.get());
  compute.emplace(device, computeLayout.get(), shaderCode, "march");
  lineLayout = gpu::createPipelineLayout(device, VK_NULL_HANDLE);
  nearest = createSampler(device, VK_FILTER_NEAREST);
  linear = createSampler(device, VK_FILTER_LINEAR);

  const std::array<VkVertexInputAttributeDescription, 2> attributes = {
      {{0, 0, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(LineVertex, clipPosition)},
       {1, 0, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(LineVertex, colour)}}};
  lines = gpu::createLinePipeline(device, lineLayout.get(),
                                  {.vertexSpirv = shaderCode(ShaderId::lineVertex),
                                   .fragmentSpirv = shaderCode(ShaderId::lineFragment),
                                   .attributes = attributes,
                                   .vertexBytes = sizeof(LineVertex),
                                   .colourFormat = Picture::kFormat,
                                   .name = "overlay lines"});
}

Renderer::Renderer(gpu::Device& device) : device_(device), passes_(std::make_unique<Passes>(device)) {}

Renderer::~Renderer() = default;

bool Renderer::prepare(PageFormat format, Filtering filtering, const DrawInput& input) {
  bool ready = true;
  for (const ViewRegion& region : input.regions)
    ready &= passes_->compute->prepare(makeComputeKey(format, filtering, input, region));
  return ready;
}

std::size_t Renderer::pipelinesUsed() const { return passes_->compute->usedCount(); }

void Renderer::draw(gpu::Frame& frame, VolumeCache& cache, Picture& picture, const DrawInput& input) {
  assert(cache.pageTableAddress() != 0);
  const VkCommandBuffer commands = frame.commands();
  picture.acquire(frame, gpu::kComputeWrite);
  if (input.jitter) input.jitter->buffers->acquire(frame);

  const gpu::Staging transfer = frame.stage(sizeof(TransferBlock));
  const TransferBlock transferBlock = makeTransferBlock(input.transfer);
  std::memcpy(transfer.mapped, &transferBlock, sizeof(TransferBlock));

  PixelRect drawn{.begin = ivec2(0), .end = picture.sizePx()};
  if (input.onlyPx) drawn = intersect(drawn, *input.onlyPx);
  for (const ViewRegion& region : input.regions) {
    const PixelRect rect = intersect(drawn, {.begin = region.offsetPx, .end = region.offsetPx + region.sizePx});
    if (isEmpty(rect)) continue;
    const shared::DrawParams params = stageDrawParams(frame, cache, input, region, rect, transfer.address);
    const gpu::Staging staged = frame.stage(sizeof(params));
    std::memcpy(staged.mapped, &params, sizeof(params));

    const VkDescriptorSet set = frame.allocateDescriptors(passes_->setLayout.get());
    const VkDescriptorBufferInfo draw{staged.buffer, staged.offset, sizeof(params)};
    const bool smooth = input.interpolation == Interpolation::trilinear && cache.filtering() == Filtering::sampler;
    const VkDescriptorImageInfo pages{(smooth ? passes_->linear : passes_->nearest).get(),
                                      (input.dense ? input.dense->texels() : cache.texels()).image().view(),
                                      VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    const VkDescriptorImageInfo cells{passes_->nearest.get(), cache.cells().image().view(),
                                      VK_IMAGE_LAYOUT_SHADER_READ_ONLY_OPTIMAL};
    const VkDescriptorImageInfo target{VK_NULL_HANDLE, picture.view(), VK_IMAGE_LAYOUT_GENERAL};
    const std::array<gpu::DescriptorWrite, 4> writes = {
        {{.binding = shared::kBindingDraw, .type = VK_DESCRIPTOR_TYPE_UNIFORM_BUFFER, .buffer = &draw},
         {.binding = shared::kBindingPageCache, .type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, .image = &pages},
         {.binding = shared::kBindingCellRanges, .type = VK_DESCRIPTOR_TYPE_COMBINED_IMAGE_SAMPLER, .image = &cells},
         {.binding = shared::kBindingPicture, .type = VK_DESCRIPTOR_TYPE_STORAGE_IMAGE, .image = &target}}};
    gpu::writeDescriptors(device_, set, writes);

    vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_COMPUTE,
                      passes_->compute->get(makeComputeKey(cache.format(), cache.filtering(), input, region)));
    vkCmdBindDescriptorSets(commands, VK_PIPELINE_BIND_POINT_COMPUTE, passes_->computeLayout.get(), 0, 1, &set, 0,
                            nullptr);
    const uvec2 groups = ceilDiv(uvec2(rect.end - rect.begin), uvec2(shared::kGroupSize));
    vkCmdDispatch(commands, groups.x, groups.y, 1);
  }
}

void Renderer::drawLines(gpu::Frame& frame, Picture& picture, std::span<const RegionLines> regions,
                         const std::optional<PixelRect>& onlyPx) {
  const VkCommandBuffer commands = frame.commands();
  picture.acquire(frame, gpu::kColourBlend);
  const PixelRect whole{.begin = ivec2(0), .end = picture.sizePx()};
  const PixelRect drawn = onlyPx ? intersect(whole, *onlyPx) : whole;

  VkRenderingAttachmentInfo attachment{VK_STRUCTURE_TYPE_RENDERING_ATTACHMENT_INFO};
  attachment.imageView = picture.view();
  attachment.imageLayout = VK_IMAGE_LAYOUT_GENERAL;
  attachment.loadOp = VK_ATTACHMENT_LOAD_OP_LOAD;
  attachment.storeOp = VK_ATTACHMENT_STORE_OP_STORE;
  VkRenderingInfo rendering{VK_STRUCTURE_TYPE_RENDERING_INFO};
  rendering.renderArea = vulkanRect(whole);
  rendering.layerCount = 1;
  rendering.colorAttachmentCount = 1;
  rendering.pColorAttachments = &attachment;
  vkCmdBeginRendering(commands, &rendering);
  vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, passes_->lines.get());

  for (const RegionLines& one : regions) {
    const ViewRegion& region = one.region;
    const PixelRect visible = intersect(drawn, {.begin = region.offsetPx, .end = region.offsetPx + region.sizePx});
    if (isEmpty(visible)) continue;
    const dmat4 clipFromWorldSpace = clipFromWorld(region);
    FrameVector<LineVertex> vertices;
    vertices.reserve(2 * one.lines.size());
    for (const OverlayLine& line : one.lines) {
      const auto ends = projectLine(line, clipFromWorldSpace, region.kind);
      if (!ends) continue;
      vertices.push_back({vec4(ends->a), line.colour});
      vertices.push_back({vec4(ends->b), line.colour});
    }
    if (vertices.empty()) continue;

    const gpu::Staging staged = frame.stage(vertices.size() * sizeof(LineVertex));
    std::memcpy(staged.mapped, vertices.data(), vertices.size() * sizeof(LineVertex));
    const VkViewport viewport{
        float(region.offsetPx.x), float(region.offsetPx.y), float(region.sizePx.x), float(region.sizePx.y), 0.0f, 1.0f};
    const VkRect2D scissor = vulkanRect(visible);
    vkCmdSetViewport(commands, 0, 1, &viewport);
    vkCmdSetScissor(commands, 0, 1, &scissor);
    vkCmdBindVertexBuffers(commands, 0, 1, &staged.buffer, &staged.offset);
    vkCmdDraw(commands, static_cast<std::uint32_t>(vertices.size()), 1, 0, 0);
  }
  vkCmdEndRendering(commands);
}

void Renderer::clear(gpu::Frame& frame, Picture& picture, const vec4& colour) {
  picture.acquire(frame, gpu::kTransferWrite);
  const VkClearColorValue value{{colour.r, colour.g, colour.b, colour.a}};
  const VkImageSubresourceRange range{VK_IMAGE_ASPECT_COLOR_BIT, 0, 1, 0, 1};
  vkCmdClearColorImage(frame.commands(), picture.image(), VK_IMAGE_LAYOUT_GENERAL, &value, 1, &range);
}

}  // namespace volary
