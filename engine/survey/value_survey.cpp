#include "survey/value_survey.h"

#include "base/grid.h"
#include "pyramid/voxel_box.h"
#include "survey/grid_plan.h"
#include "survey/read_floats.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>
#include <span>

namespace volary {

namespace {

constexpr double kMostShownVoxels = 1 << 30;  // of a level whose values a picture of the whole may show, as peaks
constexpr int kBoxes = 16;                    // in which cells and their voxels are compared
constexpr std::int64_t kBoxVoxels = 32;       // the most along an edge
constexpr std::size_t kMostSamples = 1 << 16;

/// Where one kind of cells ends, as the part of all cells; dense where maxima come from.
constexpr std::array kKindsEnd = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999};

/// Besides, kinds end at so many means evenly apart.
constexpr int kKindsBetween = 32;

float meanOf(std::span<const float> voxels, const i64vec3& size, const i64vec3& begin, const i64vec3& end) {
  double sum = 0.0;
  std::int64_t count = 0;
  for (std::int64_t z = begin.z; z < end.z; ++z)
    for (std::int64_t y = begin.y; y < end.y; ++y)
      for (std::int64_t x = begin.x; x < end.x; ++x) {
        const float voxel = voxels[static_cast<std::size_t>((z * size.y + y) * size.x + x)];
        if (!std::isfinite(voxel)) continue;
        sum += voxel;
        ++count;
      }
  return count > 0 ? static_cast<float>(sum / double(count)) : std::numeric_limits<float>::quiet_NaN();
}

bool isAnyFinite(const CellGrid& grid) {
  return std::ranges::any_of(grid.means, [](float mean) { return std::isfinite(mean); });
}

/// Finds the distributions from grid and statistics.
void describe(ValueSurvey& survey) {
  if (survey.statistics.kinds.empty() || !isAnyFinite(survey.grid)) return;
  const auto extremes = [&](Extreme extreme) {
    return survey.exact ? findLineExtremes(survey.grid, extreme)
                        : modelLineExtremes(survey.grid, survey.statistics, extreme);
  };
  survey.voxels = findVoxels(survey.grid, survey.statistics);
  survey.lineMaxima = extremes(Extreme::greatest);
  survey.lineMinima = extremes(Extreme::least);
  survey.lineMeans = findLineMeans(survey.grid);
}

class Surveyor {
 public:
  Surveyor(Source& source, ImageId image, int levelCount)
      : source_(source), image_(image), pyramid_(source.pyramid(image)) {
    const auto levels = std::span(pyramid_.levels).first(static_cast<std::size_t>(levelCount));
    const auto find = [&](double most) {
      std::size_t i = 0;
      while (i + 1 < levels.size() && voxelCount(levels[i]) > most) ++i;
      return static_cast<int>(i);
    };
    gridLevel_ = find(kMostGridCells);
    fineLevel_ = std::min(find(kMostShownVoxels), gridLevel_);
  }

  ValueSurvey take() {
    makeGrid();
    ValueSurvey survey;
    if (isAnyFinite(grid_)) {
      survey.exact = fineLevel_ == gridLevel_ && grid_.cells == level(gridLevel_).sizeVoxels;
      makeKinds();
      if (survey.exact)
        countCellsThemselves();
      else
        countBoxes();
    }
    survey.grid = std::move(grid_);
    survey.statistics = std::move(statistics_);
    describe(survey);
    return survey;
  }

 private:
  const LevelInfo& level(int i) const { return pyramid_.levels[static_cast<std::size_t>(i)]; }

  void makeGrid() {
    const std::array<AxisPlan, 3> plans = planGrid(level(gridLevel_), pyramid_.voxelType);
    for (std::size_t a = 0; a < 3; ++a) {
      runs_[a] = runsOf(plans[a]);
      const auto i = static_cast<int>(a);
      grid_.cells[i] = static_cast<std::int64_t>(runs_[a].size());
      grid_.cellVoxels[i] = double(plans[a].cell) * level(gridLevel_).factor[i];
      grid_.repeat[i] = double(plans[a].parts) / double(plans[a].chosen);
    }
    grid_.means.resize(countCells(grid_.cells));
    i64vec3 cell(0);
    for (std::int64_t pz = 0; pz < plans[2].chosen; ++pz, cell.z += plans[2].cellsIn(pz - 1)) {
      cell.y = 0;
      for (std::int64_t py = 0; py < plans[1].chosen; ++py, cell.y += plans[1].cellsIn(py - 1)) {
        cell.x = 0;
        for (std::int64_t px = 0; px < plans[0].chosen; ++px, cell.x += plans[0].cellsIn(px - 1))
          addPart({.begin = {plans[0].partBegin(px), plans[1].partBegin(py), plans[2].partBegin(pz)},
                   .end = {plans[0].partEnd(px), plans[1].partEnd(py), plans[2].partEnd(pz)}},
                  cell, {plans[0].cellsIn(px), plans[1].cellsIn(py), plans[2].cellsIn(pz)});
      }
    }
  }

  /// The cells from `first` on, `count` along each axis, lie in this box of the grid's level.
  void addPart(const VoxelBox& part, const i64vec3& first, const i64vec3& count) {
    const std::vector<float> voxels = readFloats(source_, image_, pyramid_, gridLevel_, part);
    for (std::int64_t z = first.z; z < first.z + count.z; ++z)
      for (std::int64_t y = first.y; y < first.y + count.y; ++y)
        for (std::int64_t x = first.x; x < first.x + count.x; ++x)
          grid_.means[grid_.index({x, y, z})] =
              meanOf(voxels, part.size(), i64vec3(runAt(0, x).begin, runAt(1, y).begin, runAt(2, z).begin) - part.begin,
                     i64vec3(runAt(0, x).end, runAt(1, y).end, runAt(2, z).end) - part.begin);
  }

  const Run& runAt(int axis, std::int64_t cell) const {
    return runs_[static_cast<std::size_t>(axis)][static_cast<std::size_t>(cell)];
  }

  std::vector<float> sortedMeans() const {
    std::vector<float> means;
    std::ranges::copy_if(grid_.means, std::back_inserter(means), [](float mean) { return std::isfinite(mean); });
    std::ranges::sort(means);
    return means;
  }

  void makeKinds() {
    const std::vector<float> means = sortedMeans();
    const auto at = [&](double part) {
      return means[static_cast<std::size_t>(part * static_cast<double>(means.size() - 1))];
    };
    std::set<float> ends;
    for (const double part : kKindsEnd) ends.insert(at(part));
    // Where few cells lie between background and specimen, one kind must not hold both.
    for (int i = 0; i <= kKindsBetween; ++i)
      ends.insert(at(0.001) + (at(0.999) - at(0.001)) * static_cast<float>(i) / kKindsBetween);
    for (const float end : ends) statistics_.kinds.push_back({.meanUpTo = end});
    statistics_.kinds.push_back({.meanUpTo = std::numeric_limits<double>::infinity()});
  }

  CellKind& kindOf(float mean) { return statistics_.kinds[statistics_.kindIndex(mean)]; }

  /// Values that are told apart: evenly spread over the range of nearly all, and dense among the few greatest and
  /// least.
  void chooseValues(std::vector<float> samples) {
    std::ranges::sort(samples);
    const auto at = [&](double part) {
      return double(samples[static_cast<std::size_t>(part * static_cast<double>(samples.size() - 1))]);
    };
    std::set<double> values{at(0.0), at(1.0)};
    for (double part = 0.5; part > 1e-6; part *= 0.9) {
      values.insert(at(part));
      values.insert(at(1.0 - part));
    }
    constexpr int kEven = 512;
    const double least = at(0.001), greatest = at(0.999);
    const double even = (greatest - least) / kEven;
    for (int i = 0; i <= kEven; ++i) values.insert(least + i * even);
    // Beyond, ever wider apart: the few values there may lie anywhere.
    constexpr double kWidening = 1.05;
    for (double step = even, value = greatest + step; even > 0.0 && value < at(1.0); step *= kWidening, value += step)
      values.insert(value);
    for (double step = even, value = least - step; even > 0.0 && value > at(0.0); step *= kWidening, value -= step)
      values.insert(value);
    statistics_.values.assign(values.begin(), values.end());
    for (CellKind& kind : statistics_.kinds) {
      kind.voxels.resize(values.size());
      for (std::size_t a = 0; a < 3; ++a) {
        kind.maxima[a].resize(values.size());
        kind.minima[a].resize(values.size());
      }
    }
  }

  void countCellsThemselves() {
    chooseValues(sortedMeans());
    for (const float mean : grid_.means)
      if (std::isfinite(mean)) ++kindOf(mean).voxels[statistics_.valueIndex(mean)];
    for (CellKind& kind : statistics_.kinds) {
      kind.maxima.fill(kind.voxels);
      kind.minima.fill(kind.voxels);
    }
  }

  /// Voxels [begin, end) of the fine level that a run of cells covers along an axis.
  Run fineRun(int axis, const Run& run) const {
    const double factor = level(gridLevel_).factor[axis] / level(fineLevel_).factor[axis];
    const std::int64_t size = level(fineLevel_).sizeVoxels[axis];
    const std::int64_t begin = std::min<std::int64_t>(std::llround(double(run.begin) * factor), size - 1);
    return {begin, std::clamp<std::int64_t>(std::llround(double(run.end) * factor), begin + 1, size)};
  }

  /// A box of cells that the two levels are compared in.
  struct CellBox {
    i64vec3 begin{0};
    i64vec3 end{0};
    float greatest = 0.0f;
  };

  std::vector<CellBox> chooseBoxes() const {
    i64vec3 edge;
    for (int a = 0; a < 3; ++a) {
      const Run first = fineRun(a, runAt(a, 0));
      edge[a] = std::clamp<std::int64_t>(kBoxVoxels / (first.end - first.begin), 1, grid_.cells[a]);
    }
    std::vector<CellBox> boxes;
    for (std::int64_t z = 0; z < grid_.cells.z; z += edge.z)
      for (std::int64_t y = 0; y < grid_.cells.y; y += edge.y)
        for (std::int64_t x = 0; x < grid_.cells.x; x += edge.x)
          boxes.push_back({{x, y, z}, glm::min(i64vec3(x, y, z) + edge, grid_.cells)});
    for (CellBox& box : boxes) {
      box.greatest = -std::numeric_limits<float>::infinity();
      forEachCell(box, [&](const i64vec3& cell) {
        const float mean = grid_.means[grid_.index(cell)];
        if (std::isfinite(mean)) box.greatest = std::max(box.greatest, mean);
      });
    }
    std::ranges::stable_sort(boxes, std::ranges::greater(), &CellBox::greatest);
    if (boxes.size() <= kBoxes) return boxes;
    // Half of them the brightest, from which maxima come; the others evenly spread by brightness.
    std::vector<CellBox> chosen(boxes.begin(), boxes.begin() + kBoxes / 2);
    for (std::size_t i = 0; i < kBoxes / 2; ++i)
      chosen.push_back(boxes[kBoxes / 2 + (2 * i + 1) * (boxes.size() - kBoxes / 2) / kBoxes]);
    return chosen;
  }

  template <typename Visit>
  static void forEachCell(const CellBox& box, const Visit& visit) {
    for (std::int64_t z = box.begin.z; z < box.end.z; ++z)
      for (std::int64_t y = box.begin.y; y < box.end.y; ++y)
        for (std::int64_t x = box.begin.x; x < box.end.x; ++x) visit(i64vec3(x, y, z));
  }

  void countBoxes() {
    struct Fine {
      CellBox cells;
      VoxelBox box;
      std::vector<float> voxels;
    };
    std::vector<Fine> fine;
    std::vector<float> samples = sortedMeans();
    for (const CellBox& cells : chooseBoxes()) {
      Fine& one = fine.emplace_back(Fine{.cells = cells});
      for (int a = 0; a < 3; ++a) {
        one.box.begin[a] = fineRun(a, runAt(a, cells.begin[a])).begin;
        // A box may span the gap between two parts: it is read no further than its first run of cells.
        const std::int64_t most = one.box.begin[a] + 2 * kBoxVoxels;
        one.box.end[a] = std::min(fineRun(a, runAt(a, cells.end[a] - 1)).end,
                                  std::max(most, fineRun(a, runAt(a, cells.begin[a])).end));
      }
      one.voxels = readFloats(source_, image_, pyramid_, fineLevel_, one.box);
      const std::size_t step = std::max<std::size_t>(1, one.voxels.size() * kBoxes / kMostSamples);
      for (std::size_t i = 0; i < one.voxels.size(); i += step)
        if (std::isfinite(one.voxels[i])) samples.push_back(one.voxels[i]);
    }
    for (const Fine& one : fine)  // the extremes are few, and count
      for (const float voxel : one.voxels)
        if (std::isfinite(voxel) && (voxel > samples.front() || voxel < samples.front())) {
          samples.front() = std::min(samples.front(), voxel);
          if (voxel > samples.back()) samples.push_back(voxel);
        }
    chooseValues(std::move(samples));
    for (const Fine& one : fine)
      forEachCell(one.cells, [&](const i64vec3& cell) { countCell(one.box, one.voxels, cell); });
    fillGaps();
  }

  void countCell(const VoxelBox& box, std::span<const float> voxels, const i64vec3& cell) {
    const float mean = grid_.means[grid_.index(cell)];
    if (!std::isfinite(mean)) return;
    VoxelBox part;
    for (int a = 0; a < 3; ++a) {
      const Run run = fineRun(a, runAt(a, cell[a]));
      part.begin[a] = run.begin;
      part.end[a] = run.end;
    }
    part = intersect(part, box);
    if (part.empty()) return;
    CellKind& kind = kindOf(mean);
    forEachRow(part, box, part, [&](std::size_t from, std::size_t, std::size_t count) {
      for (std::size_t i = from; i < from + count; ++i)
        if (std::isfinite(voxels[i])) ++kind.voxels[statistics_.valueIndex(voxels[i])];
    });
    for (int a = 0; a < 3; ++a) countLines(box, voxels, part, a, kind);
  }

  void countLines(const VoxelBox& box, std::span<const float> voxels, const VoxelBox& part, int axis, CellKind& kind) {
    const int u = (axis + 1) % 3, v = (axis + 2) % 3;
    i64vec3 along(0);
    along[axis] = 1;
    for (std::int64_t i = part.begin[u]; i < part.end[u]; ++i)
      for (std::int64_t j = part.begin[v]; j < part.end[v]; ++j) {
        i64vec3 at = part.begin;
        at[u] = i;
        at[v] = j;
        float least = std::numeric_limits<float>::infinity(), greatest = -least;
        for (; at[axis] < part.end[axis]; at += along) {
          const float voxel = voxels[indexIn(box, at)];
          if (!std::isfinite(voxel)) continue;
          least = std::min(least, voxel);
          greatest = std::max(greatest, voxel);
        }
        if (least > greatest) continue;
        ++kind.maxima[static_cast<std::size_t>(axis)][statistics_.valueIndex(greatest)];
        ++kind.minima[static_cast<std::size_t>(axis)][statistics_.valueIndex(least)];
      }
  }

  /// A kind that no box held a cell of takes the distributions of the nearest kind.
  void fillGaps() {
    const auto isKnown = [](const CellKind& kind) {
      return std::ranges::any_of(kind.voxels, [](double count) { return count > 0.0; });
    };
    auto& kinds = statistics_.kinds;
    if (std::ranges::none_of(kinds, isKnown)) return kinds.clear();
    for (std::size_t i = 0; i < kinds.size(); ++i) {
      if (isKnown(kinds[i])) continue;
      std::size_t distance = 1;
      const auto known = [&](std::size_t k) { return k < kinds.size() && isKnown(kinds[k]); };
      while (!known(i + distance) && !known(i - distance)) ++distance;
      const double end = kinds[i].meanUpTo;
      kinds[i] = known(i + distance) ? kinds[i + distance] : kinds[i - distance];
      kinds[i].meanUpTo = end;
    }
  }

  Source& source_;
  ImageId image_;
  const ImagePyramid& pyramid_;
  int gridLevel_ = 0;
  int fineLevel_ = 0;
  std::array<std::vector<Run>, 3> runs_;  // of the grid's level
  CellGrid grid_;
  CellStatistics statistics_;
};

}  // namespace

ValueSurvey takeSurvey(Source& source, ImageId image, int levelCount) {
  return Surveyor(source, image, levelCount).take();
}

ValueSurvey surveyPart(const ValueSurvey& whole, const std::function<bool(const i64vec3& cell)>& isIn) {
  ValueSurvey part{.grid = whole.grid, .statistics = whole.statistics, .exact = whole.exact};
  const i64vec3& cells = part.grid.cells;
  for (std::int64_t z = 0; z < cells.z; ++z)
    for (std::int64_t y = 0; y < cells.y; ++y)
      for (std::int64_t x = 0; x < cells.x; ++x)
        if (!isIn({x, y, z})) part.grid.means[part.grid.index({x, y, z})] = std::numeric_limits<float>::quiet_NaN();
  describe(part);
  return part;
}

}  // namespace volary
