// Opens any bytes as a file of levels, finished or in the making, and reads all that it says it holds.
#include "base/error.h"
#include "fuzz/fuzz_input.h"
#include "sidecar/sidecar_statistics.h"
#include "support/files/memory_file.h"

using namespace volary;
using namespace volary::test;

namespace {

constexpr const char* kDescription = "d";

void readAll(const LevelFile& levels) {
  std::size_t held = 0;
  for (int level = 1; level < 4; ++level)
    for (int i = -1; i < 4; ++i)
      for (const i64vec3& chunk : {i64vec3(i, 0, 0), i64vec3(-1, -1, -i)}) {
        if (!levels.holds(level, chunk)) continue;
        ++held;
        try {
          levels.read(level, chunk);
        } catch (const Error&) {
          // Damage is found and reported.
        }
      }
  require(held <= 2 * levels.chunkCount(), "a chunk is held that was not counted");
  PyramidJob job;
  job.levels.assign(4, {.sizeVoxels = i64vec3(70, 40, 40), .chunkVoxels = ivec3(16)});
  job.stages = {{.firstLevel = 0, .lastLevel = 3, .blockVoxels = {70, 40, 40}, .grid = i64vec3(1)}};
  require(readStatistics(job, levels).size() == 4, "a level has no place in the statistics");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const MemoryFile finished(std::as_bytes(std::span(bytes, count))), part(std::as_bytes(std::span(bytes, count)));
  if (const auto levels = LevelFile::open(finished.path(), kDescription)) readAll(*levels);
  const auto levels = LevelFile::resume(part.path(), kDescription);
  readAll(*levels);
  const EncodedChunk chunk{1, {0, 0, 0}, std::vector<std::byte>(9, std::byte(7))};
  levels->append({&chunk, 1});
  require(levels->read(1, {0, 0, 0}).bytes == chunk.bytes, "what was appended is not what is read");
  return 0;
}
