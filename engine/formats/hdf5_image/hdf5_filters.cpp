#include "formats/hdf5_image/hdf5_filters.h"

#include "base/error.h"
#include "codecs/deflate.h"
#include "codecs/fletcher32.h"
#include "codecs/lzf.h"
#include "codecs/shuffle.h"

#include <algorithm>
#include <array>
#include <bit>
#include <string_view>

namespace volary {

namespace {

// Identifiers of the HDF5 Group's registry of filters.
enum Filter : int { kDeflate = 1, kShuffle = 2, kFletcher32 = 3, kScaleOffset = 6, kLzf = 32000 };

struct NamedFilter {
  int id;
  std::string_view name;
};
constexpr std::array<NamedFilter, 17> kFilterNames = {{{kDeflate, "deflate"},
                                                       {kShuffle, "shuffle"},
                                                       {kFletcher32, "fletcher32"},
                                                       {4, "szip"},
                                                       {5, "nbit"},
                                                       {kScaleOffset, "scaleoffset"},
                                                       {307, "bzip2"},
                                                       {kLzf, "lzf"},
                                                       {32001, "blosc"},
                                                       {32004, "lz4"},
                                                       {32008, "bitshuffle"},
                                                       {32013, "zfp"},
                                                       {32015, "zstd"},
                                                       {32016, "B3D"},
                                                       {32017, "sz"},
                                                       {32019, "jpeg"},
                                                       {32026, "blosc2"}}};

std::string_view findFilterName(int id) {
  const auto found = std::ranges::find(kFilterNames, id, &NamedFilter::id);
  return found == kFilterNames.end() ? std::string_view() : found->name;
}

[[noreturn]] void refuseFilter(const Hdf5Filter& filter) {
  const std::string_view known = findFilterName(filter.id);
  const std::string name = known.empty() ? filter.name : std::string(known);
  fail("its chunks went through the HDF5 filter {}{}, which is not supported", filter.id,
       name.empty() ? "" : " (" + name + ")");
}

}  // namespace

FilterChain::FilterChain(const Hdf5DatasetInfo& info, std::size_t chunkBytes)
    // The filters that we know may make a chunk larger by a header, a checksum, or deflate's worst case.
    : maxIntermediateBytes_(chunkBytes + chunkBytes / 16 + 4096) {
  // A filter mask has 32 bits.
  if (info.filters.size() > 32) fail("its chunks went through {} filters, which is absurd", info.filters.size());
  for (const Hdf5Filter& filter : info.filters) {
    Step step{.filter = filter.id};
    switch (filter.id) {
      case kDeflate:
      case kFletcher32:
      case kLzf: break;
      case kShuffle:
        step.shuffleBytes = filter.clientData.empty() ? 0 : filter.clientData[0];
        if (step.shuffleBytes == 0) fail("its shuffle filter does not say how wide the values are");
        break;
      case kScaleOffset: step.scaleOffset = parseScaleOffset(filter.clientData); break;
      default: refuseFilter(filter);
    }
    if (!codec_.empty()) codec_ += '+';
    codec_ += findFilterName(filter.id);
    steps_.push_back(step);
  }
  if (codec_.empty()) codec_ = "raw";
  static_assert(std::endian::native == std::endian::little);
  if (info.bigEndian) swapBytes_ = voxelBytes(info.storedType);
}

std::span<const std::byte> FilterChain::undo(const Step& step, std::span<const std::byte> in, std::span<std::byte> out,
                                             bool exact) const {
  switch (step.filter) {
    case kDeflate:
      if (!exact) return out.first(inflateZlibUpTo(in, out));
      inflateZlib(in, out);
      return out;
    case kLzf: return out.first(expandLzfUpTo(in, out));
    case kFletcher32: return verifyFletcher32(in);
    case kShuffle:
      if (in.size() > out.size()) fail("shuffle: {} bytes do not fit into {}", in.size(), out.size());
      unshuffle(in, out.first(in.size()), step.shuffleBytes);
      return out.first(in.size());
    default: {
      const std::size_t bytes = step.scaleOffset.valueCount * step.scaleOffset.valueBytes;
      if (bytes > out.size()) fail("scaleoffset: {} bytes do not fit into {}", bytes, out.size());
      unpackScaleOffset(in, step.scaleOffset, out.first(bytes));
      return out.first(bytes);
    }
  }
}

void FilterChain::decode(std::span<const std::byte> stored, std::uint32_t filterMask, std::span<std::byte> voxels,
                         DecodeScratch& scratch) const {
  std::span<const std::byte> current = stored;
  int slot = 0;
  for (std::size_t i = steps_.size(); i-- > 0;) {
    if (filterMask >> i & 1u) continue;
    // The first filter of the pipeline that was applied gives the voxels: no further buffer.
    bool isLast = true;
    for (std::size_t j = 0; j < i; ++j) isLast = isLast && (filterMask >> j & 1u);
    if (isLast) {
      current = undo(steps_[i], current, voxels, true);
    } else {
      current = undo(steps_[i], current, scratch.buffer(slot, maxIntermediateBytes_), false);
      slot = 1 - slot;
    }
  }
  if (current.size() != voxels.size())
    fail("the chunk holds {} bytes of voxels, not {}", current.size(), voxels.size());
  if (current.data() != voxels.data()) std::ranges::copy(current, voxels.begin());
  swapByteOrder(voxels, swapBytes_);
}

}  // namespace volary
