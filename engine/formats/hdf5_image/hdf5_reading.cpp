#include "formats/hdf5_image/hdf5_reading.h"

#include "codecs/shuffle.h"
#include "formats/hdf5/attribute.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"
#include "formats/hdf5_image/hdf5_filters.h"

#include <algorithm>
#include <array>

namespace volary {

namespace {

std::vector<Hdf5Filter> filtersOf(const hdf5::Dataset& dataset) {
  std::vector<Hdf5Filter> filters;
  for (const hdf5::Filter& filter : dataset.filters())
    filters.push_back({.id = filter.id, .name = filter.name, .clientData = {}});
  for (std::size_t i = 0; i < filters.size(); ++i)
    filters[i].clientData.assign(dataset.filters()[i].clientData.begin(), dataset.filters()[i].clientData.end());
  return filters;
}

/// Repeats the fill value all over `bytes`, zeros if there is none.
void fillWith(std::span<const std::byte> value, std::span<std::byte> bytes) {
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = value.empty() ? std::byte{0} : value[i % value.size()];
}

/// Bytes of an unchunked dataset, as stored.
void readUnchunked(const hdf5::Dataset& dataset, std::uint64_t offset, std::span<std::byte> out) {
  if (dataset.layout().storage == hdf5::StorageKind::compact) {
    std::ranges::copy(std::span(dataset.layout().compactData).subspan(offset, out.size()), out.begin());
  } else if (const auto position = dataset.contiguousPosition()) {
    dataset.file().readAt(*position + offset, out);
  } else {
    fillWith(dataset.fillValue(), out);
  }
}

/// All chunks of a small 2-D dataset, put together; native byte order.
void readChunkedTable(const hdf5::Dataset& dataset, std::size_t columns, std::span<std::byte> out) {
  const hdf5::ChunkGrid& grid = dataset.grid();
  const std::size_t bytes = dataset.type().bytes;
  Hdf5DatasetInfo info{.storedType = *dataset.type().number, .bigEndian = dataset.type().bigEndian};
  info.filters = filtersOf(dataset);
  const FilterChain chain(info, grid.chunkBytes);
  DecodeScratch scratch;
  std::vector<std::byte> decoded(grid.chunkBytes);
  for (std::uint64_t cell = 0; cell < grid.cells; ++cell) {
    const std::array<std::uint64_t, 2> chunk = {cell / grid.counts[1], cell % grid.counts[1]};
    const std::array<std::uint64_t, 2> from = {chunk[0] * grid.chunkDims[0], chunk[1] * grid.chunkDims[1]};
    if (const std::optional<hdf5::ChunkPlace> place = dataset.findChunk(chunk)) {
      if (place->bytes > chain.maxStoredBytes()) fail("a chunk of {} bytes is absurd here", place->bytes);
      RawChunk raw{.bytes = std::vector<std::byte>(place->bytes), .filterMask = place->filterMask, .stored = true};
      dataset.readChunk(*place, raw.bytes);
      chain.decode(raw, decoded, scratch);
    } else {
      fillWith(dataset.fillValue(), decoded);
      if (info.bigEndian) swapByteOrder(decoded, bytes);
    }
    const std::uint64_t rows = std::min(grid.chunkDims[0], out.size() / bytes / columns - from[0]);
    const std::uint64_t width = std::min<std::uint64_t>(grid.chunkDims[1], columns - from[1]);
    for (std::uint64_t row = 0; row < rows; ++row)
      std::ranges::copy(std::span(decoded).subspan(row * grid.chunkDims[1] * bytes, width * bytes),
                        out.begin() + static_cast<std::ptrdiff_t>(((from[0] + row) * columns + from[1]) * bytes));
  }
}

}  // namespace

Hdf5DatasetInfo describeVoxels(const hdf5::Dataset& dataset) {
  const std::vector<std::uint64_t>& zyx = dataset.space().dims;
  if (zyx.size() != 3) fail("it has {} dimensions, not 3", zyx.size());
  // Bricks are counted in 32 bits.
  constexpr std::uint64_t kMaxExtent = std::uint64_t{1} << 31;
  for (const std::uint64_t extent : zyx)
    if (extent == 0 || extent >= kMaxExtent) fail("its size {} x {} x {} is absurd", zyx[2], zyx[1], zyx[0]);
  const hdf5::Datatype& type = dataset.type();
  if (!type.number && type.typeClass == hdf5::TypeClass::floatingPoint && type.bytes <= 2)
    hdf5::failUnsupported("its voxels are {}", hdf5::describe(type));
  if (!type.number)
    fail("its voxels are not integers or floating-point numbers of a usual width, but {}", hdf5::describe(type));

  Hdf5DatasetInfo info{.sizeVoxels = {zyx[2], zyx[1], zyx[0]},
                       .chunkVoxels = std::nullopt,
                       .storedType = *type.number,
                       .bigEndian = type.bigEndian,
                       .isPlain = true,
                       .filters = filtersOf(dataset),
                       .rawPartialChunks = dataset.layout().rawPartialChunks,
                       .fillValue = dataset.fillValue()};
  if (std::ranges::all_of(info.fillValue, [](std::byte b) { return b == std::byte{0}; })) info.fillValue.clear();
  if (dataset.isChunked()) {
    const std::vector<std::uint64_t>& chunk = dataset.grid().chunkDims;
    info.chunkVoxels = i64vec3(chunk[2], chunk[1], chunk[0]);
  }
  return info;
}

Hdf5Table readTable(const hdf5::Dataset& dataset, std::size_t maxValues) {
  const std::vector<std::uint64_t>& shape = dataset.space().dims;
  hdf5::Datatype type = dataset.type();
  if (shape.size() != 2 || type.isString()) fail("this is not a table of numbers");
  if (shape[0] > maxValues || shape[1] > maxValues || shape[0] * shape[1] > maxValues)
    fail("a table of {} x {} numbers is absurd here", shape[0], shape[1]);
  if (!type.number) hdf5::failUnsupported("this is a table of {}", hdf5::describe(type));
  std::vector<std::byte> bytes(shape[0] * shape[1] * type.bytes);
  if (!dataset.isChunked()) {
    readUnchunked(dataset, 0, bytes);
  } else if (!bytes.empty()) {
    readChunkedTable(dataset, shape[1], bytes);
    type.bigEndian = false;
  }
  return {.rows = shape[0], .columns = shape[1], .values = hdf5::convertNumbers(bytes, type)};
}

void readUnchunkedBox(const hdf5::Dataset& dataset, const i64vec3& origin, const i64vec3& size,
                      std::span<std::byte> voxels) {
  const std::vector<std::uint64_t>& zyx = dataset.space().dims;
  const i64vec3 extent(zyx[2], zyx[1], zyx[0]);
  const i64vec3 inside = glm::min(size, extent - origin);
  if (glm::any(glm::lessThan(origin, i64vec3(0))) || glm::any(glm::lessThanEqual(inside, i64vec3(0))))
    fail("the box lies outside the dataset");
  const auto bytes = static_cast<std::int64_t>(dataset.type().bytes);
  std::ranges::fill(voxels, std::byte{0});
  for (std::int64_t z = 0; z < inside.z; ++z)
    for (std::int64_t y = 0; y < inside.y; ++y) {
      const std::int64_t from = ((origin.z + z) * extent.y + origin.y + y) * extent.x + origin.x;
      const std::int64_t to = (z * size.y + y) * size.x;
      readUnchunked(dataset, static_cast<std::uint64_t>(from * bytes),
                    voxels.subspan(static_cast<std::size_t>(to * bytes), static_cast<std::size_t>(inside.x * bytes)));
    }
  if (dataset.type().bigEndian) swapByteOrder(voxels, dataset.type().bytes);
}

}  // namespace volary
