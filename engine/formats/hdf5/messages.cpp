// Based on: HDF5 file format 3.0, IV.A.2 "Object Header Messages".
#include "formats/hdf5/messages.h"

#include "base/checked_math.h"
#include "formats/hdf5/unsupported.h"

namespace volary::hdf5 {

Dataspace parseDataspace(Cursor cursor) {
  Dataspace space;
  const unsigned version = cursor.u8();
  const unsigned rank = cursor.u8();
  const unsigned flags = cursor.u8();
  if (version != 1 && version != 2) failUnsupported("a dataspace has the unknown version {}", version);
  if (rank > kMaxRank) fail("a dataspace has {} dimensions, 32 is the limit", rank);
  const unsigned kind = cursor.u8();
  if (version == 1) cursor.skip(4);
  space.isNull = version == 2 && kind == 2;
  for (unsigned i = 0; i < rank; ++i) {
    space.dims.push_back(cursor.length());
    if (space.dims.back() == kUnlimited) fail("a dataspace has an unlimited extent");
  }
  space.maxDims = space.dims;
  if ((flags & 1u) != 0)
    for (unsigned i = 0; i < rank; ++i) {
      space.maxDims[i] = cursor.length();
      if (space.maxDims[i] < space.dims[i])
        fail("a dataspace has an extent of {} and allows {}", space.dims[i], space.maxDims[i]);
    }
  return space;
}

std::uint64_t countValues(const Dataspace& space) {
  if (space.isNull) return 0;
  std::uint64_t count = 1;
  for (const std::uint64_t extent : space.dims)
    if (!multiply(count, extent, count)) fail("the size of a dataspace is absurd");
  return count;
}

std::vector<Filter> parseFilterPipeline(Cursor cursor) {
  const unsigned version = cursor.u8();
  const unsigned count = cursor.u8();
  if (version != 1 && version != 2) failUnsupported("a filter pipeline has the unknown version {}", version);
  // A chunk's filter mask has 32 bits.
  if (count > 32) fail("a filter pipeline has {} filters, 32 is the limit", count);
  if (version == 1) cursor.skip(6);

  std::vector<Filter> filters(count);
  for (Filter& filter : filters) {
    filter.id = cursor.u16();
    // Version 2 has no names of the filters that the HDF Group assigned.
    const bool hasName = version == 1 || filter.id >= 256;
    const std::uint16_t nameBytes = hasName ? cursor.u16() : std::uint16_t{0};
    cursor.skip(2);
    filter.clientData.resize(cursor.u16());
    filter.name = cursor.text(nameBytes);
    if (version == 1 && nameBytes % 8 != 0) fail("a filter's name is not padded");
    for (std::uint32_t& value : filter.clientData) value = cursor.u32();
    if (version == 1 && filter.clientData.size() % 2 != 0) cursor.skip(4);
  }
  return filters;
}

std::vector<std::byte> parseFillValue(Cursor cursor) {
  const unsigned version = cursor.u8();
  if (version == 0 || version > 3) failUnsupported("a fill value has the unknown version {}", version);
  bool isDefined = false;
  if (version == 3) {
    isDefined = (cursor.u8() & 0x20u) != 0;
  } else {
    cursor.skip(2);
    const bool said = cursor.u8() != 0;
    // Version 1 gives a size in any case.
    isDefined = said || version == 1;
  }
  if (!isDefined) return {};
  const std::uint32_t size = cursor.u32();
  // Older libraries write -1 for "undefined".
  if (version < 3 && static_cast<std::int32_t>(size) <= 0) return {};
  const std::span<const std::byte> value = cursor.take(size);
  return {value.begin(), value.end()};
}

std::vector<std::byte> parseOldFillValue(Cursor cursor) {
  const std::span<const std::byte> value = cursor.take(cursor.u32());
  return {value.begin(), value.end()};
}

}  // namespace volary::hdf5
