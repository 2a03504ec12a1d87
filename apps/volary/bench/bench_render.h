#pragma once

#include "pyramid/dataset.h"
#include "scene/view.h"

#include <array>
#include <cstdint>
#include <string>
#include <vector>

namespace volary {

/// The ways of drawing one level that are compared.
enum class RenderPath {
  dense,     ///< the whole level as one texture: no page table, no bricks
  paged,     ///< through the page table, nothing skipped
  skipping,  ///< as the viewer draws
};
inline constexpr std::array<RenderPath, 3> kRenderPaths = {RenderPath::dense, RenderPath::paged, RenderPath::skipping};
inline constexpr std::array<RenderMode, 3> kBenchModes = {RenderMode::mip, RenderMode::dvr, RenderMode::iso};

/// One mode drawn in all ways.
struct RenderBenchRun {
  RenderMode mode = RenderMode::mip;
  std::array<std::vector<double>, kRenderPaths.size()> ms;  ///< of each frame; by RenderPath
  /// Time of all cores: on a software device, it does not depend on how busy the machine is.
  std::array<std::vector<double>, kRenderPaths.size()> cpuMs;
  std::array<std::uint64_t, kRenderPaths.size()> samples{};  ///< of all rays
  std::uint64_t differingPixels = 0;  ///< by more than 1 / 255, between the dense and the paged picture

  /// The time within which the part `q` of a way's frames was done.
  double quantile(RenderPath path, double q) const;
  /// The median of a way, divided by that of the dense march.
  double ratio(RenderPath path) const;
  double cpuMedian(RenderPath path) const;
  /// The part of the samples that was not taken.
  double skipped() const;
};

struct RenderBenchReport {
  std::string file;
  std::string device;
  int level = 0;
  i64vec3 sizeVoxels{0};
  VoxelType voxelType = VoxelType::uint16;
  ivec2 sizePx{0};
  ValueRange range;
  std::uint64_t bricks = 0;
  View view;                  ///< draws the same picture, except for the mode
  dvec3 voxelSizeWorld{0.0};  ///< of the full resolution
  std::vector<RenderBenchRun> runs;
};

/// For people, and as one JSON object.
std::string makeRenderBenchText(const RenderBenchReport& report);
std::string makeRenderBenchJson(const RenderBenchReport& report);

}  // namespace volary
