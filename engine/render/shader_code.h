#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace volary {

/// The shaders of the passes, compiled at build time.
enum class ShaderId {
  marchMip,
  marchMinip,
  marchAverage,
  marchAttenuated,
  marchFirst,
  marchIso,
  marchDvr,
  slice,
  lineVertex,
  lineFragment
};

/// What pictures a march or a slice is compiled for: any, or plain ones alone, where all kSpecialConstants are 0. The
/// same pixels, but a driver is done with it sooner.
enum class Pictures { any, plain };

/// The specialization constants that no shader for plain pictures has: SPECIAL in shaders/lib.
inline constexpr std::array<std::uint32_t, 9> kSpecialConstants = {3, 4, 5, 6, 9, 10, 11, 12, 13};

/// SPIR-V words, for as long as the program runs. Of lines there is but one kind.
std::span<const std::uint32_t> shaderCode(ShaderId id, Pictures pictures = Pictures::any);

/// The same march or slice for several images at once; of lines nothing.
std::span<const std::uint32_t> sceneShaderCode(ShaderId id, Pictures pictures = Pictures::any);

}  // namespace volary
