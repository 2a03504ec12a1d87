#include "formats/hdf5_image/library/hdf5_describe.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <optional>

namespace volary {

namespace {

struct StoredType {
  VoxelType type;
  bool bigEndian;
  bool isPlain;
};

/// The voxel type of an HDF5 type, under the lock; nothing if voxels can't have it (strings, compounds, odd widths).
std::optional<StoredType> findStoredType(hid_t type) {
  const H5T_class_t typeClass = H5Tget_class(type);
  const std::size_t bytes = H5Tget_size(type);
  const bool bigEndian = H5Tget_order(type) == H5T_ORDER_BE;
  if (typeClass == H5T_INTEGER) {
    if (H5Tget_precision(type) != 8 * bytes) return std::nullopt;
    const bool isSigned = H5Tget_sign(type) == H5T_SGN_2;
    switch (bytes) {
      case 1: return StoredType{isSigned ? VoxelType::int8 : VoxelType::uint8, bigEndian, true};
      case 2: return StoredType{isSigned ? VoxelType::int16 : VoxelType::uint16, bigEndian, true};
      case 4: return StoredType{isSigned ? VoxelType::int32 : VoxelType::uint32, bigEndian, true};
      case 8: return StoredType{isSigned ? VoxelType::int64 : VoxelType::uint64, bigEndian, true};
      default: return std::nullopt;
    }
  }
  if (typeClass != H5T_FLOAT) return std::nullopt;
  const auto is = [&](hid_t little, hid_t big) { return H5Tequal(type, little) > 0 || H5Tequal(type, big) > 0; };
  if (is(H5T_IEEE_F32LE, H5T_IEEE_F32BE)) return StoredType{VoxelType::float32, bigEndian, true};
  if (is(H5T_IEEE_F64LE, H5T_IEEE_F64BE)) return StoredType{VoxelType::float64, bigEndian, true};
  if (bytes <= 2) return StoredType{VoxelType::float32, bigEndian, false};
  return std::nullopt;
}

std::vector<Hdf5Filter> readFilters(hid_t properties) {
  std::vector<Hdf5Filter> filters;
  const int count = H5Pget_nfilters(properties);
  for (int i = 0; i < count; ++i) {
    unsigned flags = 0;
    std::array<unsigned, 64> values{};
    std::size_t valueCount = values.size();
    std::array<char, 64> name{};
    const H5Z_filter_t id = H5Pget_filter2(properties, static_cast<unsigned>(i), &flags, &valueCount, values.data(),
                                           name.size() - 1, name.data(), nullptr);
    if (id < 0) fail("its filters can't be read: {}", hdf5ErrorText());
    filters.push_back({.id = id, .name = name.data(), .clientData = {}});
    filters.back().clientData.assign(values.begin(),
                                     values.begin() + static_cast<std::ptrdiff_t>(std::min(valueCount, values.size())));
  }
  return filters;
}

std::vector<std::byte> readFillValue(hid_t properties, hid_t type) {
  H5D_fill_value_t defined = H5D_FILL_VALUE_UNDEFINED;
  if (H5Pfill_value_defined(properties, &defined) < 0 || defined == H5D_FILL_VALUE_UNDEFINED) return {};
  std::vector<std::byte> value(H5Tget_size(type));
  if (H5Pget_fill_value(properties, type, value.data()) < 0) fail("its fill value can't be read: {}", hdf5ErrorText());
  if (std::ranges::all_of(value, [](std::byte b) { return b == std::byte{0}; })) value.clear();
  return value;
}

}  // namespace

Hdf5DatasetInfo describeHdf5Dataset(hid_t dataset) {
  const Hdf5Handle space(H5Dget_space(dataset));
  const Hdf5Handle type(H5Dget_type(dataset));
  const Hdf5Handle properties(H5Dget_create_plist(dataset));
  if (space < 0 || type < 0 || properties < 0) fail("its description can't be read: {}", hdf5ErrorText());

  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank != 3) fail("it has {} dimensions, not 3", rank);
  std::array<hsize_t, 3> zyx{};
  H5Sget_simple_extent_dims(space, zyx.data(), nullptr);
  // Bricks are counted in 32 bits.
  constexpr hsize_t kMaxExtent = 1u << 31;
  for (const hsize_t extent : zyx)
    if (extent == 0 || extent >= kMaxExtent) fail("its size {} x {} x {} is absurd", zyx[2], zyx[1], zyx[0]);

  const std::optional<StoredType> stored = findStoredType(type);
  if (!stored) fail("its voxels are not integers or floating-point numbers of a usual width");
  Hdf5DatasetInfo info{.sizeVoxels = {zyx[2], zyx[1], zyx[0]},
                       .chunkVoxels = std::nullopt,
                       .storedType = stored->type,
                       .bigEndian = stored->bigEndian,
                       .isPlain = stored->isPlain,
                       .filters = readFilters(properties),
                       .rawPartialChunks = false,
                       .fillValue = readFillValue(properties, type)};
  // Raw files beside the HDF5 file can be any file of the machine: what a stranger's file names is not read.
  if (H5Pget_external_count(properties) > 0) fail("its voxels stand in other raw files, which is not supported");
  if (H5Pget_layout(properties) == H5D_VIRTUAL) fail("its voxels are views of other datasets, which is not supported");
  if (H5Pget_layout(properties) == H5D_CHUNKED) {
    if (H5Pget_chunk(properties, 3, zyx.data()) != 3) fail("its chunk shape can't be read: {}", hdf5ErrorText());
    info.chunkVoxels = i64vec3(zyx[2], zyx[1], zyx[0]);
    unsigned options = 0;
    if (H5Pget_chunk_opts(properties, &options) >= 0)
      info.rawPartialChunks = (options & H5D_CHUNK_DONT_FILTER_PARTIAL_CHUNKS) != 0;
  }
  return info;
}

}  // namespace volary
