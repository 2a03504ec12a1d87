#include "survey/grid_plan.h"

#include "base/bytes.h"
#include "base/grid.h"

#include <cmath>

namespace volary {

namespace {

constexpr double kMostVoxelsWhole = 1 << 22;  // a larger level is read in parts
constexpr double kMostPartBytes = 128 * kMiB;
constexpr int kLeastParts = 3;

}  // namespace

double voxelCount(const LevelInfo& level) {
  const dvec3 size(level.sizeVoxels);
  return size.x * size.y * size.z;
}

std::vector<Run> runsOf(const AxisPlan& plan) {
  std::vector<Run> runs;
  for (std::int64_t i = 0; i < plan.chosen; ++i)
    for (std::int64_t k = 0; k < plan.cellsIn(i); ++k) {
      const std::int64_t begin = plan.partBegin(i) + k * plan.cell;
      runs.push_back({begin, std::min(begin + plan.cell, plan.partEnd(i))});
    }
  return runs;
}

std::array<AxisPlan, 3> planGrid(const LevelInfo& level, VoxelType type) {
  std::array<AxisPlan, 3> plans;
  const bool whole = voxelCount(level) <= kMostVoxelsWhole;
  for (int a = 0; a < 3; ++a) {
    AxisPlan& plan = plans[static_cast<std::size_t>(a)];
    plan.size = level.sizeVoxels[a];
    plan.part = whole ? plan.size : std::min<std::int64_t>(level.chunkVoxels[a], plan.size);
    plan.parts = ceilDiv(plan.size, plan.part);
  }
  const double chunkBytes =
      double(plans[0].part) * double(plans[1].part) * double(plans[2].part) * static_cast<double>(voxelBytes(type));
  const double most = std::max<double>(kLeastParts, std::floor(kMostPartBytes / chunkBytes));
  const auto chosen = [&] { return double(plans[0].chosen) * double(plans[1].chosen) * double(plans[2].chosen); };
  while (true) {
    AxisPlan* sparsest = nullptr;
    for (AxisPlan& plan : plans)
      if (plan.chosen < plan.parts && (!sparsest || plan.parts * sparsest->chosen > sparsest->parts * plan.chosen))
        sparsest = &plan;
    if (!sparsest || chosen() / double(sparsest->chosen) * double(sparsest->chosen + 1) > most) break;
    ++sparsest->chosen;
  }
  const auto cells = [&] {
    double count = 1.0;
    for (const AxisPlan& plan : plans)
      count *= double(plan.chosen) * double(std::max<std::int64_t>(1, plan.part / plan.cell));
    return count;
  };
  while (cells() > kMostGridCells) {
    // The axis with the smallest cells first: cells are to be cubes.
    AxisPlan* finest = nullptr;
    for (AxisPlan& plan : plans)
      if (plan.cell < plan.part && (!finest || plan.cell < finest->cell)) finest = &plan;
    if (!finest) break;
    ++finest->cell;
  }
  return plans;
}

}  // namespace volary
