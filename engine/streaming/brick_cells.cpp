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
constexpr T kMost = std::numeric_limits<T>::has_infinity ? std::numeric_limits<T>::infinity() : std::numeric_limits<T>::max();
template <typename T>
constexpr T kLeast = std::numeric_limits<T>::has_infinity ? -std::numeric_limits<T>::infinity() : std::numeric_limits<T>::lowest();

template <typename T>
struct Range {
  T least = kMost<T>;
  T greatest = kLeast<T>;

  void add(const Range& other) {
    least = std::min(least, other.least);
    greatest = std::max(greatest, other.greatest);
  }
};

/// Voxels of a cell along an axis, with one more on each side.
constexpr int kCellReach = kCellVoxels + 2;
constexpr std::size_t kCells = kCellsPerBrick;

/// The ranges of some rows of a brick, voxel by voxel along x: loops of one length without branches and without a reduction,
/// of which the compiler makes vectors.
template <typename T>
struct RowRange {
  std::array<T, kPaddedBrick> least;
  std::array<T, kPaddedBrick> greatest;
  /// Not zero where a value was not finite: x - x is 0 for numbers, and not a number for all else.
  std::array<T, kPaddedBrick> odd;

  RowRange() {
    least.fill(kMost<T>);
    greatest.fill(kLeast<T>);
    odd.fill(0);
  }
  void add(const std::array<T, kPaddedBrick>& row) {
    for (std::size_t x = 0; x < kPaddedBrick; ++x) least[x] = row[x] < least[x] ? row[x] : least[x];
    for (std::size_t x = 0; x < kPaddedBrick; ++x) greatest[x] = row[x] > greatest[x] ? row[x] : greatest[x];
    if constexpr (std::is_floating_point_v<T>)
      for (std::size_t x = 0; x < kPaddedBrick; ++x) odd[x] += row[x] - row[x];
  }
  void add(const RowRange& other) {
    for (std::size_t x = 0; x < kPaddedBrick; ++x) least[x] = other.least[x] < least[x] ? other.least[x] : least[x];
    for (std::size_t x = 0; x < kPaddedBrick; ++x)
      greatest[x] = other.greatest[x] > greatest[x] ? other.greatest[x] : greatest[x];
    if constexpr (std::is_floating_point_v<T>)
      for (std::size_t x = 0; x < kPaddedBrick; ++x) odd[x] += other.odd[x];
  }
  Range<T> ofCell(std::size_t cell) const {
    Range<T> range;
    for (std::size_t x = cell * kCellVoxels; x < cell * kCellVoxels + kCellReach; ++x) {
      range.add({least[x], greatest[x]});
      if (odd[x] != 0) range.add({kLeast<T>, kMost<T>});
    }
    return range;
  }
};

/// True if a cell reads the voxel `at`, counted from the brick's first voxel along the axis, its border: one does, or two where
/// they meet.
constexpr bool reads(std::size_t cell, std::size_t at) { return at >= cell * kCellVoxels && at < cell * kCellVoxels + kCellReach; }

// Profiled: reducing each row to its cells first was a quarter of a worker's time.
template <typename T>
std::vector<std::byte> makeRanges(std::span<const std::byte> padded) {
  std::array<std::array<RowRange<T>, kCells>, kCells> columns;   // of cells, along x
  std::array<T, kPaddedBrick> row;
  for (std::size_t z = 0; z < kPaddedBrick; ++z) {
    std::array<RowRange<T>, kCells> plane;
    for (std::size_t y = 0; y < kPaddedBrick; ++y) {
      std::memcpy(row.data(), padded.data() + (z * kPaddedBrick + y) * sizeof row, sizeof row);
      for (std::size_t cy = 0; cy < kCells; ++cy)
        if (reads(cy, y)) plane[cy].add(row);
    }
    for (std::size_t cz = 0; cz < kCells; ++cz)
      for (std::size_t cy = 0; cy < kCells && reads(cz, z); ++cy) columns[cz][cy].add(plane[cy]);
  }

  std::array<std::array<std::array<Range<T>, kCells>, kCells>, kCells> cells;
  Range<T> brick;
  for (std::size_t cz = 0; cz < kCells; ++cz)
    for (std::size_t cy = 0; cy < kCells; ++cy)
      for (std::size_t cx = 0; cx < kCells; ++cx) {
        cells[cz][cy][cx] = columns[cz][cy].ofCell(cx);
        brick.add(cells[cz][cy][cx]);
      }
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
