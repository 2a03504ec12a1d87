#include "render/line_pass.h"

#include "gpu/barrier.h"
#include "gpu/pipeline.h"
#include "render/shader_code.h"

#include <array>
#include <cstddef>
#include <cstring>
#include <utility>

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

/// The line in clip space, without what lies behind the eye or far beside the region; nothing if no part is left.
///
/// Rasterisers cut lines too, but some lose lines whose ends are very far off, as ends near the eye's plane are.
std::optional<ClipLine> projectLine(const OverlayLine& line, const dmat4& clipFromWorldSpace, RegionKind kind) {
  dvec4 a = clipFromWorldSpace * dvec4(line.a, 1.0);
  dvec4 b = clipFromWorldSpace * dvec4(line.b, 1.0);
  // Half-spaces dot(plane, p) >= 0: twice the region's width and height, and in front of the eye.
  const double ahead = kind == RegionKind::volume ? 1.0 : 0.0;
  const std::array<dvec4, 5> planes = {dvec4(0, 0, ahead, 0), dvec4(1, 0, 0, 2), dvec4(-1, 0, 0, 2), dvec4(0, 1, 0, 2),
                                       dvec4(0, -1, 0, 2)};
  for (const dvec4& plane : planes) {
    const double insideA = glm::dot(plane, a), insideB = glm::dot(plane, b);
    if (insideA < 0.0 && insideB < 0.0) return std::nullopt;
    if (insideA < 0.0) a = glm::mix(a, b, insideA / (insideA - insideB));
    if (insideB < 0.0) b = glm::mix(b, a, insideB / (insideB - insideA));
  }
  // There is no depth test; nothing is cut in the middle of the depth range.
  a.z = 0.5 * a.w;
  b.z = 0.5 * b.w;
  return ClipLine{a, b};
}

VkRect2D vulkanRect(const PixelRect& rect) {
  const ivec2 size = rect.end - rect.begin;
  return {{rect.begin.x, rect.begin.y}, {static_cast<std::uint32_t>(size.x), static_cast<std::uint32_t>(size.y)}};
}

}  // namespace

LinePass::LinePass(gpu::Device& device) : layout_(gpu::createPipelineLayout(device, VK_NULL_HANDLE)) {
  const std::array<VkVertexInputAttributeDescription, 2> attributes = {
      {{0, 0, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(LineVertex, clipPosition)},
       {1, 0, VK_FORMAT_R32G32B32A32_SFLOAT, offsetof(LineVertex, colour)}}};
  pipeline_ = gpu::createLinePipeline(device, layout_.get(),
                                      {.vertexSpirv = lineVertexShader(),
                                       .fragmentSpirv = lineFragmentShader(),
                                       .attributes = attributes,
                                       .vertexBytes = sizeof(LineVertex),
                                       .colourFormat = Picture::kFormat,
                                       .name = "overlay lines"});
}

void LinePass::draw(gpu::Frame& frame, Picture& picture, std::span<const RegionLines> regions,
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
  vkCmdBindPipeline(commands, VK_PIPELINE_BIND_POINT_GRAPHICS, pipeline_.get());

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

}  // namespace volary
