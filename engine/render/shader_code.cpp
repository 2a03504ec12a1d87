#include "render/shader_code.h"

#include "scene/render_mode.h"

#include <algorithm>
#include <cassert>

namespace volary {

namespace {

#include "shader_words.inc"

constexpr const ComputeShader* find(std::string_view name) {
  for (const ComputeShader& shader : kComputeShaders)
    if (shader.name == name) return &shader;
  return nullptr;
}

static_assert(std::ranges::all_of(kRenderModes,
                                  [](const RenderModeInfo& info) { return find(info.shader) != nullptr; }),
              "a mode of scene/render_mode.h has no shaders/march_*.comp");
static_assert(find(kSliceShader) != nullptr);

}  // namespace

std::span<const ComputeShader> computeShaders() { return kComputeShaders; }

const ComputeShader& computeShader(std::string_view name) {
  const ComputeShader* const shader = find(name);
  assert(shader != nullptr);
  return *shader;
}

std::span<const std::uint32_t> lineVertexShader() { return line_vertex; }

std::span<const std::uint32_t> lineFragmentShader() { return line_fragment; }

}  // namespace volary
