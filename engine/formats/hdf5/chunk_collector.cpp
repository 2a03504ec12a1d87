#include "formats/hdf5/chunk_collector.h"

#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

namespace volary::hdf5 {

namespace {

/// Puts `values[i]` at `cells[i]` of a list of `count`.
template <typename T>
void strew(std::vector<T>& values, const std::vector<std::uint64_t>& cells, std::uint64_t count, T missing) {
  if (values.empty()) return;
  std::vector<T> all(count, missing);
  for (std::size_t i = 0; i < cells.size(); ++i) all[cells[i]] = values[i];
  values = std::move(all);
}

template <typename T>
void permute(std::vector<T>& values, const std::vector<std::size_t>& order) {
  if (values.empty()) return;
  std::vector<T> sorted(values.size());
  for (std::size_t i = 0; i < order.size(); ++i) sorted[i] = values[order[i]];
  values = std::move(sorted);
}

}  // namespace

void ChunkCollector::add(std::span<const std::uint64_t> chunk, const ChunkEntry& entry) {
  if (entry.address == kUndefinedAddress) return;
  if (!grid_.contains(chunk)) fail("its index has a chunk outside of its extent");
  if (entry.bytes == 0 || entry.bytes > std::numeric_limits<std::uint32_t>::max())
    fail("a chunk is said to take {} bytes in the file", entry.bytes);
  if (!isFiltered_ && entry.bytes != grid_.chunkBytes)
    fail("a chunk is said to take {} bytes in the file, not {}", entry.bytes, grid_.chunkBytes);

  const std::uint64_t cell = grid_.cellOf(chunk);
  isSorted_ = isSorted_ && (cells_.empty() || cells_.back() < cell);
  cells_.push_back(cell);
  positions_.push_back(file_.positionOf(entry.address, entry.bytes, "chunk"));
  if (isFiltered_) bytes_.push_back(static_cast<std::uint32_t>(entry.bytes));
  if (masks_.empty() && entry.filterMask != 0) masks_.resize(cells_.size() - 1);
  if (entry.filterMask != 0 || !masks_.empty()) masks_.push_back(entry.filterMask);
  storedBytes_ += entry.bytes;
}

void ChunkCollector::sort() {
  std::vector<std::size_t> order(cells_.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return cells_[i]; });
  permute(cells_, order);
  permute(positions_, order);
  permute(bytes_, order);
  permute(masks_, order);
  if (std::ranges::adjacent_find(cells_) != cells_.end()) fail("its index has a chunk twice");
}

void ChunkCollector::finish(ChunkIndex& index) {
  if (!isSorted_) sort();
  index.storedChunks_ = cells_.size();
  index.storedBytes_ = storedBytes_;
  if (cells_.size() == grid_.cells) {
    cells_.clear();  // each cell has an entry, so the list of cells is not needed
    cells_.shrink_to_fit();
  } else if (grid_.cells / 4 <= cells_.size()) {
    strew(positions_, cells_, grid_.cells, kUndefinedAddress);
    strew(bytes_, cells_, grid_.cells, std::uint32_t{0});
    strew(masks_, cells_, grid_.cells, std::uint32_t{0});
    cells_ = {};
  }
  index.cells_ = std::move(cells_);
  index.positions_ = std::move(positions_);
  index.bytes_ = std::move(bytes_);
  index.masks_ = std::move(masks_);
}

}  // namespace volary::hdf5
