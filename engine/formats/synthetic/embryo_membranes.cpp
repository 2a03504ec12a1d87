// Based on: cellular texture (Worley, "A Cellular Texture Basis Function", SIGGRAPH 1996), over the power distance
// |x - c|^2 - r^2 (Aurenhammer, "Power Diagrams", 1987): two cells meet where their distances are equal, and a cell
// without a neighbour ends in its own ball, where its distance is zero.
#include "formats/synthetic/embryo_signal.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace volary {
namespace {

constexpr float kFar = 1e30f;

// A cell that may be one of the three nearest of some voxel, relative to the tile's first voxel.
struct Candidate {
  float x, y, z;
  float radius;
  float radiusSquared;
  float limit;  ///< power distance beyond which nothing of the cell is seen
  const EmbryoCell* cell;
};

// The sheet between two cells.
struct Sheet {
  float length = 0.0f;  ///< between the cells' centres; 0 = not yet computed
  float inverseVariance = 0.0f;
  float counts = 0.0f;
};

// The three nearest cells of the voxels of one row.
struct NearestRow {
  float distance[3][kFieldTile];
  std::int32_t index[3][kFieldTile];
};

class MembraneBlock {
 public:
  MembraneBlock(const EmbryoTile& tile, const WarpedTile& warped, std::span<const float> patches,
                const std::vector<EmbryoCell>& cells, std::span<float> signal)
      : tile_(tile), warped_(warped), patches_(patches), cells_(cells), signal_(signal) {}

  void add(const ivec3& begin, const ivec3& size) {
    gatherCandidates(begin, size);
    if (candidates_.empty()) return;
    sheets_.assign(candidates_.size() * candidates_.size(), Sheet{});
    NearestRow nearest;
    for (int z = begin.z; z < begin.z + size.z; ++z)
      for (int y = begin.y; y < begin.y + size.y; ++y) {
        const int row = (z * kFieldTile + y) * kFieldTile + begin.x;
        findNearest(row, size.x, nearest);
        for (int x = 0; x < size.x; ++x) signal_[row + x] += signalAt(row + x, x, nearest);
      }
  }

 private:
  void gatherCandidates(const ivec3& begin, const ivec3& size);
  void findNearest(int row, int count, NearestRow& nearest) const;
  float signalAt(int voxel, int x, const NearestRow& nearest);
  const Sheet& sheet(int a, int b);
  double varianceAlong(const dvec3& normal, double depth) const {
    return glm::dot(normal * normal, tile_.varianceUm2) + tile_.deepVarianceUm2(depth);
  }
  // A membrane that stands along the optical axis has the recipe's counts; wider ones are dimmer.
  double countsAt(double varianceUm2, double share) const {
    return tile_.recipe.membranes.counts * share * tile_.recipe.microscope.sigmaUm.x / std::sqrt(varianceUm2);
  }

  const EmbryoTile& tile_;
  const WarpedTile& warped_;
  std::span<const float> patches_;
  const std::vector<EmbryoCell>& cells_;
  std::span<float> signal_;
  std::vector<Candidate> candidates_;
  std::vector<double> smallest_;  ///< per candidate: power distance at the nearest point of the block
  std::vector<Sheet> sheets_;
};

// Keeps the cells that can be among the three nearest somewhere in the block: not those whose smallest power distance
// there exceeds the largest of three others.
void MembraneBlock::gatherCandidates(const ivec3& begin, const ivec3& size) {
  const double warp = 2.0 * tile_.recipe.cells.warpUm;
  const dvec3 low = dvec3(begin) * tile_.grid.stepUm - warp;
  const dvec3 high = dvec3(begin + size - 1) * tile_.grid.stepUm + warp;
  const double widest = std::max({tile_.varianceUm2.x, tile_.varianceUm2.y, tile_.varianceUm2.z});

  candidates_.clear();
  smallest_.clear();
  double bound[3] = {kFar, kFar, kFar};
  for (const EmbryoCell& cell : cells_) {
    const dvec3 centre = cell.centreUm - tile_.grid.originUm;
    const dvec3 near = centre - glm::clamp(centre, low, high);
    const double minimum = glm::dot(near, near) - cell.radiusUm * cell.radiusUm;
    const double reach = cell.radiusUm + kBellReach * std::sqrt(widest + tile_.deepVarianceUm2(cell.depth));
    const double limit = reach * reach - cell.radiusUm * cell.radiusUm;
    if (minimum > limit) continue;
    const dvec3 far = glm::max(glm::abs(centre - low), glm::abs(centre - high));
    double maximum = glm::dot(far, far) - cell.radiusUm * cell.radiusUm;
    for (double& b : bound)
      if (maximum < b) std::swap(maximum, b);
    candidates_.push_back({.x = static_cast<float>(centre.x),
                           .y = static_cast<float>(centre.y),
                           .z = static_cast<float>(centre.z),
                           .radius = static_cast<float>(cell.radiusUm),
                           .radiusSquared = static_cast<float>(cell.radiusUm * cell.radiusUm),
                           .limit = static_cast<float>(limit),
                           .cell = &cell});
    smallest_.push_back(minimum);
  }
  std::size_t kept = 0;
  for (std::size_t i = 0; i < candidates_.size(); ++i)
    if (smallest_[i] <= bound[2]) candidates_[kept++] = candidates_[i];
  candidates_.resize(kept);
}

void MembraneBlock::findNearest(int row, int count, NearestRow& nearest) const {
  for (int k = 0; k < 3; ++k)
    for (int x = 0; x < kFieldTile; ++x) {
      nearest.distance[k][x] = kFar;
      nearest.index[k][x] = 0;
    }
  const float* px = warped_.x + row;
  const float* py = warped_.y + row;
  const float* pz = warped_.z + row;
  for (std::size_t c = 0; c < candidates_.size(); ++c) {
    const Candidate& candidate = candidates_[c];
    const auto index = static_cast<std::int32_t>(c);
    for (int x = 0; x < count; ++x) {
      const float dx = px[x] - candidate.x;
      const float dy = py[x] - candidate.y;
      const float dz = pz[x] - candidate.z;
      const float distance = dx * dx + dy * dy + dz * dz - candidate.radiusSquared;
      const float d0 = nearest.distance[0][x], d1 = nearest.distance[1][x], d2 = nearest.distance[2][x];
      const std::int32_t i0 = nearest.index[0][x], i1 = nearest.index[1][x], i2 = nearest.index[2][x];
      const bool first = distance < d0, second = distance < d1, third = distance < d2;
      nearest.distance[2][x] = second ? d1 : (third ? distance : d2);
      nearest.index[2][x] = second ? i1 : (third ? index : i2);
      nearest.distance[1][x] = first ? d0 : (second ? distance : d1);
      nearest.index[1][x] = first ? i0 : (second ? index : i1);
      nearest.distance[0][x] = first ? distance : d0;
      nearest.index[0][x] = first ? index : i0;
    }
  }
}

const Sheet& MembraneBlock::sheet(int a, int b) {
  const auto [low, high] = std::minmax(a, b);
  Sheet& sheet = sheets_[static_cast<std::size_t>(low) * candidates_.size() + high];
  if (sheet.length == 0.0f) {
    const EmbryoCell& one = *candidates_[low].cell;
    const EmbryoCell& two = *candidates_[high].cell;
    const dvec3 apart = two.centreUm - one.centreUm;
    const double length = std::max(std::sqrt(glm::dot(apart, apart)), 1e-3);
    const double variance = varianceAlong(apart / length, 0.5 * (one.depth + two.depth));
    const double ofCells = 0.5 * (signedFromHash(one.hash, 20) + signedFromHash(two.hash, 20));
    const double ofSheet = 0.6 * signedFromHash(one.hash ^ two.hash, 21);
    sheet.length = static_cast<float>(length);
    sheet.inverseVariance = static_cast<float>(1.0 / variance);
    sheet.counts = static_cast<float>(countsAt(variance, 1.0 + tile_.recipe.membranes.variation * (ofCells + ofSheet)));
  }
  return sheet;
}

float MembraneBlock::signalAt(int voxel, int x, const NearestRow& nearest) {
  const float d0 = nearest.distance[0][x];
  const int i0 = nearest.index[0][x];
  const Candidate& own = candidates_[i0];
  if (d0 > own.limit) return 0.0f;

  // The cell's own ball: seen where no neighbour stops it.
  const dvec3 offset(warped_.x[voxel] - own.x, warped_.y[voxel] - own.y, warped_.z[voxel] - own.z);
  const float toCentre = std::sqrt(std::max(d0 + own.radiusSquared, 1e-6f));
  const float outside = toCentre - own.radius;
  const double ballVariance = varianceAlong(offset / static_cast<double>(toCentre), own.cell->depth);
  const float ball =
      bell(outside * outside / static_cast<float>(ballVariance)) * static_cast<float>(countsAt(ballVariance, 0.85));
  const float within = softStep(-outside / (1.8f * std::sqrt(static_cast<float>(ballVariance))));

  // The sheets towards the two nearest neighbours. The third cell's sheet is the mean of what the first and the second
  // see of it, so that nothing jumps where those two change places; and it counts half, as three sheets meet in an
  // edge.
  float sheets = 0.0f;
  if (nearest.distance[1][x] < kFar) {
    const int i1 = nearest.index[1][x];
    const Sheet& first = sheet(i0, i1);
    const float d01 = (nearest.distance[1][x] - d0) / (2.0f * first.length);
    sheets = first.counts * bell(d01 * d01 * first.inverseVariance);
    if (nearest.distance[2][x] < kFar) {
      const int i2 = nearest.index[2][x];
      const Sheet& second = sheet(i0, i2);
      const Sheet& third = sheet(i1, i2);
      const float d02 = (nearest.distance[2][x] - d0) / (second.length + third.length);
      sheets += 0.25f * (second.counts + third.counts) *
                bell(d02 * d02 * 0.5f * (second.inverseVariance + third.inverseVariance));
    }
  }
  const float patch = patches_[voxel];
  return ball * patch + within * (sheets * patch + static_cast<float>(tile_.recipe.membranes.cytoplasm));
}

// Blocks are cut so that none is much larger than a cell: a block looks at few cells then, at any level.
int blockEdge(double stepUm, double cellUm) {
  int edge = kFieldTile;
  while (edge > 2 && edge * stepUm > 1.1 * cellUm) edge /= 2;
  return edge;
}

}  // namespace

void addMembranes(const EmbryoTile& tile, const WarpedTile& warped, std::span<float> signal) {
  const EmbryoRecipe& recipe = tile.recipe;
  const double widest = std::max({tile.varianceUm2.x, tile.varianceUm2.y, tile.varianceUm2.z});
  const double reach = tile.tissue.maxRadiusUm() + 2.0 * recipe.cells.warpUm +
                       kBellReach * std::sqrt(widest + tile.deepVarianceUm2(1.0));
  const std::vector<EmbryoCell> cells = tile.tissue.cellsNear(tile.boxUm(), reach, tile.timepoint);
  if (cells.empty()) return;

  float patches[kFieldTileVoxels];
  std::fill_n(patches, kFieldTileVoxels, 1.0f);
  const double blur = tile.meanVarianceUm2() / (recipe.membranes.patchLengthUm * recipe.membranes.patchLengthUm);
  addTileNoise(recipe.seed + 401, dvec3(recipe.membranes.patchLengthUm), tile.grid,
               static_cast<float>(recipe.membranes.patchiness / (1.0 + 8.0 * blur)), patches);

  const ivec3 block(blockEdge(tile.grid.stepUm.x, recipe.cells.radiusUm),
                    blockEdge(tile.grid.stepUm.y, recipe.cells.radiusUm),
                    blockEdge(tile.grid.stepUm.z, recipe.cells.radiusUm));
  MembraneBlock membranes(tile, warped, patches, cells, signal);
  ivec3 begin;
  for (begin.z = 0; begin.z < kFieldTile; begin.z += block.z)
    for (begin.y = 0; begin.y < kFieldTile; begin.y += block.y)
      for (begin.x = 0; begin.x < kFieldTile; begin.x += block.x) membranes.add(begin, block);
}

}  // namespace volary
