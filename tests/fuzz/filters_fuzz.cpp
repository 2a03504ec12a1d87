// Any chain of HDF5 filters over any bytes: the voxels are the same whatever the scratch memory held before.
#include "base/error.h"
#include "formats/hdf5_image/hdf5_filters.h"
#include "fuzz/fuzz_input.h"

#include <array>

using namespace volary;
using namespace volary::test;

namespace {

constexpr std::array kFilters = {1, 2, 3, 6, 32000, 4, 5, 32001};

Hdf5DatasetInfo takeInfo(FuzzInput& input) {
  Hdf5DatasetInfo info;
  info.storedType = static_cast<VoxelType>(input.u8() % 10);
  info.bigEndian = input.u8() % 2 != 0;
  info.filters.resize(input.u8() % 40);
  for (Hdf5Filter& filter : info.filters) {
    const unsigned kind = input.u8();
    filter.id = kind < kFilters.size() ? kFilters[kind] : kind == 255 ? static_cast<int>(input.u16()) : 1;
    filter.clientData.resize(input.u8() % 24);
    for (unsigned& number : filter.clientData) {
      number = input.u8();
      if (number == 255) number = input.u32();
    }
  }
  return info;
}

std::vector<std::byte> decode(const FilterChain& chain, const RawChunk& raw, std::size_t bytes, std::byte before) {
  DecodeScratch scratch;
  for (int slot : {0, 1}) std::ranges::fill(scratch.buffer(slot, chain.maxStoredBytes()), before);
  std::vector<std::byte> voxels(bytes, before);
  chain.decode(raw, voxels, scratch);
  return voxels;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  const std::size_t chunkBytes = input.u16() % 8192 + 1;
  const std::uint32_t filterMask = input.u8() == 255 ? input.u32() : 0;
  const Hdf5DatasetInfo info = takeInfo(input);
  try {
    const FilterChain chain(info, chunkBytes);
    const RawChunk raw{.bytes = input.rest(), .filterMask = filterMask, .stored = true};
    const std::vector<std::byte> voxels = decode(chain, raw, chunkBytes, std::byte{0x55});
    require(voxels == decode(chain, raw, chunkBytes, std::byte{0xaa}), "voxels depend on what the memory held before");
  } catch (const Error&) {
    // Damage should end here.
  }
  return 0;
}
