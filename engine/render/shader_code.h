#pragma once

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

/// What a picture shows: an image alone, or a scene, several that are mixed (some of which may be still to come).
enum class Shows { oneImage, scene };

/// What pictures a march or a slice is compiled for: any, or plain ones alone, where all special constants are 0 (see
/// shared/pipeline.h) and the shader has none of them. The same pixels, but a driver is done with it sooner.
enum class Pictures { any, plain };

/// SPIR-V words, for as long as the program runs. Of lines there is but one kind.
std::span<const std::uint32_t> shaderCode(ShaderId id, Pictures pictures = Pictures::any);

/// The same march or slice for several images at once; of lines nothing.
std::span<const std::uint32_t> sceneShaderCode(ShaderId id, Pictures pictures = Pictures::any);

}  // namespace volary
