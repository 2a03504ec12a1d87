// Any JSON as the metadata of a Zarr or N5 array, or of an OME-NGFF group, and any bytes as a chunk of the array: the
// voxels are the same whatever the memory held before.
#include "base/error.h"
#include "formats/n5/n5_array.h"
#include "formats/zarr/node.h"
#include "formats/zarr/ome_metadata.h"
#include "fuzz/fuzz_input.h"

#include <algorithm>
#include <string_view>

using namespace volary;
using namespace volary::test;

namespace {

// A chunk of up to 1 GiB is sound, but one input has no time to decode it.
constexpr std::size_t kMaxBytes = 1 << 18;

std::vector<std::byte> decode(const arrays::StoredArray& array, const RawView& raw, std::byte before) {
  DecodeScratch scratch;
  for (const int slot : {0, 1}) std::ranges::fill(scratch.buffer(slot, kMaxBytes), before);
  std::vector<std::byte> voxels(arrays::chunkBytes(array.layout()), before);
  array.decodeChunk(raw, voxels, scratch);
  return voxels;
}

void readArray(const nlohmann::json& metadata, std::span<const std::byte> chunk) {
  const bool isZarr = metadata.is_object() && metadata.contains("zarr_format");
  const int version = isZarr && metadata["zarr_format"] == 3 ? 3 : 2;
  const auto array = isZarr ? zarr::openArray({.folder = std::filesystem::path("/none"),
                                               .version = version,
                                               .isArray = true,
                                               .attributes = metadata,
                                               .array = metadata})
                                  .array
                            : n5::openDataset(std::filesystem::path("/none"), metadata);
  if (arrays::chunkBytes(array->layout()) > kMaxBytes) return;
  const RawView raw{.bytes = chunk, .filterMask = 0, .stored = true};
  require(decode(*array, raw, std::byte{0x55}) == decode(*array, raw, std::byte{0xaa}),
          "voxels depend on what the memory held before");
}

void readGroup(const nlohmann::json& attributes) {
  std::vector<std::string> warnings;
  const zarr::OmeMultiscale multiscale = zarr::parseMultiscale(attributes, warnings);
  require(!multiscale.levels.empty(), "an image without levels");
  zarr::parseChannels(attributes);
  if (multiscale.axes.size() > 100) return;
  const std::vector<std::int64_t> shape(multiscale.axes.size(), 2);
  const arrays::AxisRoles roles = arrays::findRoles(multiscale.axes, shape, warnings);
  for (const int axis : {roles.x, roles.y, roles.z, roles.channel, roles.time})
    require(axis < static_cast<int>(shape.size()), "a role for an axis that is not there");
}

/// Calls `action`; damage should end in an Error.
template <typename Action>
void tolerateErrors(Action action) {
  try {
    action();
  } catch (const Error&) {
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  // JSON up to the first zero, a chunk behind it.
  const std::string_view text(reinterpret_cast<const char*>(bytes), count);
  const std::size_t end = std::min(text.find('\0'), count);
  const FuzzInput rest(bytes + std::min(end + 1, count), count - std::min(end + 1, count));
  const std::vector<std::byte> chunk = rest.rest();
  tolerateErrors([&] {
    const nlohmann::json json = arrays::parseJson(text.substr(0, end));
    tolerateErrors([&] { readArray(json, chunk); });
    tolerateErrors([&] { readGroup(json); });
    tolerateErrors([&] { zarr::parseWellPaths(json); });
    tolerateErrors([&] { zarr::parseFieldPaths(json); });
  });
  return 0;
}
