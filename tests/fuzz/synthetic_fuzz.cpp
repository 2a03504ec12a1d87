// Any text after "synthetic:" as the location of a field: its coarsest level is computed if it is small.
#include "base/error.h"
#include "formats/open.h"
#include "fuzz/fuzz_input.h"

#include <string>

using namespace volary;
using namespace volary::test;

namespace {

constexpr std::int64_t kMaxVoxels = 16 * 16 * 16;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const std::string location = "synthetic:" + std::string(FuzzInput(bytes, count).restAsText());
  try {
    const std::unique_ptr<Source> source = openSource(location);
    const ImagePyramid& pyramid = source->pyramid({0, 0});
    require(!pyramid.levels.empty(), "a field without levels");
    for (const LevelInfo& level : pyramid.levels)
      for (int axis = 0; axis < 3; ++axis)
        require(level.sizeVoxels[axis] > 0 && level.chunkVoxels[axis] > 0 && level.factor[axis] >= 1, "an empty level");
    const i64vec3 chunk(pyramid.levels.back().chunkVoxels);
    const std::int64_t voxels = chunk.x * chunk.y * chunk.z;
    if (voxels > kMaxVoxels) return 0;
    std::vector<std::byte> out(static_cast<std::size_t>(voxels) * voxelBytes(pyramid.voxelType));
    DecodeScratch scratch;
    const ChunkKey key{.level = static_cast<std::int32_t>(pyramid.levels.size()) - 1};
    source->decodeChunk(key, source->readChunk(key), out, scratch);
  } catch (const Error&) {
    // A text that can't be understood should end here.
  }
  return 0;
}
