#include "streaming/brick_cells.h"

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

namespace volary {

namespace {

template <typename T>
struct Range {
  T least = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
  T greatest =
      std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();

  void add(const Range& other) {
    least = std::min(least, other.least);
    greatest = std::max(greatest, other.greatest);
  }
};

/// Voxels of a cell along an axis, with one more on each side.
constexpr int kCellReach = kCellVoxels + 2;

/// The ranges of the stretches of a row that the cells read. Loops of one length without branches: the compiler makes
/// vectors of them.
template <typename T>
void addRow(const std::byte* row, std::array<Range<T>, kCellsPerBrick>& cells) {
  std::array<T, kPaddedBrick> voxels;
  std::memcpy(voxels.data(), row, sizeof voxels);
  if constexpr (std::is_floating_point_v<T>) {
    // x - x is 0 for numbers, and not a number for all else.
    for (int cell = 0; cell < kCellsPerBrick; ++cell) {
      T odd = 0;
      for (int i = 0; i < kCellReach; ++i) odd += voxels[static_cast<std::size_t>(cell * kCellVoxels + i)] -
                                                  voxels[static_cast<std::size_t>(cell * kCellVoxels + i)];
      if (odd != 0) cells[static_cast<std::size_t>(cell)] = {-std::numeric_limits<T>::infinity(), std::numeric_limits<T>::infinity()};
    }
  }
  for (int cell = 0; cell < kCellsPerBrick; ++cell) {
    const T* begin = voxels.data() + cell * kCellVoxels;
    Range<T> range{begin[0], begin[0]};
    for (int i = 1; i < kCellReach; ++i) {
      range.least = std::min(range.least, begin[i]);
      range.greatest = std::max(range.greatest, begin[i]);
    }
    cells[static_cast<std::size_t>(cell)].add(range);
  }
}

/// The cells along one axis that read the voxel `at`, counted from the brick's first voxel, its border: one, or two where
/// they meet.
struct CellSpan {
  int first;
  int last;
};
CellSpan cellsAt(int at) {
  return {std::max(0, (at - kCellReach + kCellVoxels) / kCellVoxels), std::min(kCellsPerBrick - 1, at / kCellVoxels)};
}

template <typename T>
std::vector<std::byte> makeRanges(std::span<const std::byte> padded) {
  using Row = std::array<Range<T>, kCellsPerBrick>;
  std::array<std::array<Row, kCellsPerBrick>, kCellsPerBrick> cells{};
  for (int z = 0; z < kPaddedBrick; ++z)
    for (int y = 0; y < kPaddedBrick; ++y) {
      Row row{};
      addRow<T>(padded.data() + static_cast<std::size_t>(z * kPaddedBrick + y) * kPaddedBrick * sizeof(T), row);
      const CellSpan ys = cellsAt(y), zs = cellsAt(z);
      for (int cz = zs.first; cz <= zs.last; ++cz)
        for (int cy = ys.first; cy <= ys.last; ++cy)
          for (std::size_t cx = 0; cx < kCellsPerBrick; ++cx)
            cells[static_cast<std::size_t>(cz)][static_cast<std::size_t>(cy)][cx].add(row[cx]);
    }

  Range<T> brick;
  for (const auto& plane : cells)
    for (const Row& row : plane)
      for (const Range<T>& cell : row) brick.add(cell);
  std::vector<std::byte> ranges(kCellRangesVoxels * sizeof(T));
  static_assert(sizeof(Range<T>) == 2 * sizeof(T));
  std::memcpy(ranges.data(), cells.data(), sizeof cells);
  std::memcpy(ranges.data() + sizeof cells, &brick, sizeof brick);
  return ranges;
}

}  // namespace

std::vector<std::byte> makeCellRanges(PageFormat format, std::span<const std::byte> padded) {
  assert(padded.size() == kPaddedBrickVoxels * pageVoxelBytes(format));
  switch (format) {
    case PageFormat::r8: return makeRanges<std::uint8_t>(padded);
    case PageFormat::r16: return makeRanges<std::uint16_t>(padded);
    case PageFormat::r32f: break;
  }
  return makeRanges<float>(padded);
}

}  // namespace volary
