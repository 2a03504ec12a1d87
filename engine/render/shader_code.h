#pragma once

#include <cstdint>
#include <span>

namespace volary {

/// The shaders of the passes, compiled at build time.
enum class ShaderId {
  marchMip, marchMinip, marchAverage, marchAttenuated, marchFirst, marchIso, marchDvr, slice, sceneDvr,
  lineVertex, lineFragment
};

/// SPIR-V words, for as long as the program runs.
std::span<const std::uint32_t> shaderCode(ShaderId id);

/// The same shader for several images at once: of all that draw volumes or slices but marchDvr, whose is sceneDvr.
std::span<const std::uint32_t> sceneShaderCode(ShaderId id);

}  // namespace volary
