#pragma once

#include <cstdint>
#include <span>
#include <string_view>

namespace volary {

/// What a picture shows: one image alone, or a scene of several images that are mixed (some may be still to come).
enum class Shows { oneImage, scene };

/// Which pictures a shader is compiled for: any, or only plain ones, whose special constants are all 0 (see
/// shared/pipeline.h). A shader for plain pictures has none of these constants. It gives the same pixels, and a driver
/// is done with it sooner.
enum class Pictures { any, plain };

/// The shader that shows one plane; the others are those of the modes (RenderModeInfo::shader).
inline constexpr std::string_view kSliceShader = "slice";

/// A compute shader as SPIR-V words, for as long as the program runs, in each form that shaders/CMakeLists.txt
/// compiles.
struct ComputeShader {
  using Words = std::span<const std::uint32_t>;

  std::string_view name;
  Words one, onePlain;      ///< for Shows::oneImage
  Words scene, scenePlain;  ///< for Shows::scene

  constexpr Words words(Shows shows, Pictures pictures) const {
    if (shows == Shows::oneImage) return pictures == Pictures::plain ? onePlain : one;
    return pictures == Pictures::plain ? scenePlain : scene;
  }
};

/// All of them.
std::span<const ComputeShader> computeShaders();

/// The one of that name, which must exist.
const ComputeShader& computeShader(std::string_view name);

/// Those that draw lines.
std::span<const std::uint32_t> lineVertexShader();
std::span<const std::uint32_t> lineFragmentShader();

}  // namespace volary
