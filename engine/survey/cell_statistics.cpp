#include "survey/cell_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <numeric>

namespace volary {

namespace {

using Steps = std::vector<ShownValues::Step>;

double sumOf(const ValueCounts& counts) { return std::accumulate(counts.begin(), counts.end(), 0.0); }

/// Calls visit(index of the first cell, step from cell to cell, count) for each line of cells along an axis.
template <typename Visit>
void forEachLine(const CellGrid& grid, int axis, const Visit& visit) {
  const i64vec3 strides(1, grid.cells.x, grid.cells.x * grid.cells.y);
  const int u = (axis + 1) % 3, v = (axis + 2) % 3;
  for (std::int64_t i = 0; i < grid.cells[u]; ++i)
    for (std::int64_t j = 0; j < grid.cells[v]; ++j)
      visit(i * strides[u] + j * strides[v], strides[axis], grid.cells[axis]);
}

/// The weight of a line: the area that it stands for, as a picture shows it.
double lineWeight(const CellGrid& grid, int axis) {
  const dvec3 size = grid.cellVoxels * grid.repeat;
  return size[(axis + 1) % 3] * size[(axis + 2) % 3];
}

/// The logarithms of the parts of a kind's lines whose greatest voxel is at most each value, or whose least is at least
/// that.
std::vector<double> logParts(const ValueCounts& counts, Extreme extreme) {
  std::vector<double> logs(counts.size());
  const double all = sumOf(counts);
  double sum = 0.0;
  const auto note = [&](std::size_t i) {
    sum += counts[i];
    logs[i] = sum > 0.0 ? std::log(std::min(1.0, sum / all)) : -1e30;
  };
  if (extreme == Extreme::greatest)
    for (std::size_t i = 0; i < counts.size(); ++i) note(i);
  else
    for (std::size_t i = counts.size(); i-- > 0;) note(i);
  return logs;
}

/// Adds the lines along one axis to `weighted`, which has a step for each value.
class LineModel {
 public:
  LineModel(const CellGrid& grid, const CellStatistics& statistics, Extreme extreme, int axis)
      : grid_(grid), statistics_(statistics), extreme_(extreme), axis_(axis) {
    const auto a = static_cast<std::size_t>(axis);
    for (const CellKind& kind : statistics.kinds)
      logs_.push_back(logParts(extreme == Extreme::greatest ? kind.maxima[a] : kind.minima[a], extreme));
  }

  void addTo(Steps& weighted) {
    constexpr std::int64_t kMostLines = 1024;
    const std::int64_t lines = std::int64_t(grid_.means.size()) / grid_.cells[axis_];
    const std::int64_t every = (lines + kMostLines - 1) / kMostLines;
    ValueCounts parts(statistics_.values.size());
    double used = 0.0;
    std::int64_t line = 0;
    forEachLine(grid_, axis_, [&](std::int64_t first, std::int64_t step, std::int64_t count) {
      if (line++ % every == 0 && addLine(first, step, count, parts)) ++used;
    });
    const double weight = double(lines) * lineWeight(grid_, axis_);
    // From parts up to, or from, a value to parts at it.
    for (std::size_t i = 0; i < parts.size() && used > 0.0; ++i) {
      const std::size_t next = extreme_ == Extreme::greatest ? i - 1 : i + 1;
      const double beyond = next < parts.size() ? parts[next] : 0.0;
      weighted[i].second += weight * std::max(0.0, parts[i] - beyond) / used;
    }
  }

 private:
  /// False if there is no voxel on the line.
  bool addLine(std::int64_t first, std::int64_t step, std::int64_t count, ValueCounts& parts) {
    constexpr double kNothing = -40.0;  // the logarithm of a part that no picture shows
    cellsOf_.assign(statistics_.kinds.size(), 0.0);
    bool any = false;
    for (std::int64_t i = 0; i < count; ++i) {
      const float mean = grid_.means[static_cast<std::size_t>(first + i * step)];
      if (!std::isfinite(mean)) continue;
      cellsOf_[statistics_.kindIndex(mean)] += grid_.repeat[axis_];
      any = true;
    }
    if (!any) return false;
    sums_.assign(parts.size(), 0.0);
    for (std::size_t k = 0; k < cellsOf_.size(); ++k)
      if (cellsOf_[k] > 0.0)
        for (std::size_t i = 0; i < sums_.size(); ++i) sums_[i] += cellsOf_[k] * logs_[k][i];
    for (std::size_t i = 0; i < sums_.size(); ++i)
      if (sums_[i] > kNothing) parts[i] += std::exp(sums_[i]);
    return true;
  }

  const CellGrid& grid_;
  const CellStatistics& statistics_;
  const Extreme extreme_;
  const int axis_;
  std::vector<std::vector<double>> logs_;
  ValueCounts cellsOf_;  // of each kind, on a line
  ValueCounts sums_;
};

}  // namespace

std::size_t CellStatistics::kindIndex(float mean) const {
  return static_cast<std::size_t>(std::ranges::lower_bound(kinds, double(mean), {}, &CellKind::meanUpTo) -
                                  kinds.begin());
}

std::size_t CellStatistics::valueIndex(float value) const {
  const auto found = std::ranges::lower_bound(values, double(value));
  return std::min(static_cast<std::size_t>(found - values.begin()), values.size() - 1);
}

ShownValues findVoxels(const CellGrid& grid, const CellStatistics& statistics) {
  ValueCounts cellsOf(statistics.kinds.size());
  for (const float mean : grid.means)
    if (std::isfinite(mean)) ++cellsOf[statistics.kindIndex(mean)];
  Steps weighted;
  for (std::size_t k = 0; k < cellsOf.size(); ++k) {
    const ValueCounts& counts = statistics.kinds[k].voxels;
    const double all = sumOf(counts);
    for (std::size_t i = 0; i < counts.size(); ++i)
      if (counts[i] > 0.0) weighted.emplace_back(statistics.values[i], cellsOf[k] * counts[i] / all);
  }
  return ShownValues::of(std::move(weighted));
}

ShownValues findLineMeans(const CellGrid& grid) {
  Steps weighted;
  for (int axis = 0; axis < 3; ++axis)
    forEachLine(grid, axis, [&](std::int64_t first, std::int64_t step, std::int64_t count) {
      double sum = 0.0, cells = 0.0;
      for (std::int64_t i = 0; i < count; ++i) {
        const float mean = grid.means[static_cast<std::size_t>(first + i * step)];
        if (!std::isfinite(mean)) continue;
        sum += mean;
        ++cells;
      }
      if (cells > 0.0) weighted.emplace_back(sum / cells, lineWeight(grid, axis));
    });
  return ShownValues::of(std::move(weighted));
}

ShownValues findLineExtremes(const CellGrid& grid, Extreme extreme) {
  Steps weighted;
  for (int axis = 0; axis < 3; ++axis)
    forEachLine(grid, axis, [&](std::int64_t first, std::int64_t step, std::int64_t count) {
      double found = std::numeric_limits<double>::quiet_NaN();
      for (std::int64_t i = 0; i < count; ++i) {
        const double cell = grid.means[static_cast<std::size_t>(first + i * step)];
        if (!std::isfinite(cell)) continue;
        if (!std::isfinite(found) || (extreme == Extreme::greatest ? cell > found : cell < found)) found = cell;
      }
      if (std::isfinite(found)) weighted.emplace_back(found, lineWeight(grid, axis));
    });
  return ShownValues::of(std::move(weighted));
}

ShownValues modelLineExtremes(const CellGrid& grid, const CellStatistics& statistics, Extreme extreme) {
  Steps weighted;
  for (const double value : statistics.values) weighted.emplace_back(value, 0.0);
  for (int axis = 0; axis < 3; ++axis) LineModel(grid, statistics, extreme, axis).addTo(weighted);
  return ShownValues::of(std::move(weighted));
}

}  // namespace volary
