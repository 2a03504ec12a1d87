#pragma once

#include "gpu/unique.h"
#include "render/renderer.h"
#include "render/shader_code.h"
#include "shared/draw.h"
#include "shared/pipeline.h"

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace volary {

/// A compute pipeline: its shader, by name, and the shader's specialization constants by the numbers of
/// shared/pipeline.h.
struct ComputeKey {
  std::string_view shader;
  Shows shows = Shows::oneImage;
  std::array<std::uint32_t, shared::kConstantCount> constants{};
  auto operator<=>(const ComputeKey&) const = default;

  /// The smallest variant of the shader that makes the same pipeline.
  Pictures pictures() const;
};

/// The pipeline that draws the region from a page cache of that kind. For a scene, `input` is the first image's.
ComputeKey makeComputeKey(PageFormat format, Filtering filtering, const DrawInput& input, const ViewRegion& region,
                          Shows shows);

/// The sampler with which the passes read the page cache.
gpu::UniqueSampler createSampler(gpu::Device& device, VkFilter filter);

}  // namespace volary
