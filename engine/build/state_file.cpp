#include "build/state_file.h"

#include "base/error.h"
#include "storage/atomic_file.h"

#include <cstring>
#include <fstream>

namespace volary {
namespace {

namespace fs = std::filesystem;

fs::path statePath(const fs::path& folder, std::size_t jobIndex, std::size_t stage, std::int64_t block) {
  return folder / fmt::format("{}-{}-{}", jobIndex, stage, block);
}

std::vector<std::byte> readWhole(const fs::path& path, std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::ifstream file(path, std::ios::binary);
  file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size));
  if (!file || file.peek() != std::ifstream::traits_type::eof())
    fail("{}: this part of an unfinished conversion is missing or damaged", path.string());
  return bytes;
}

}  // namespace

void writeStates(const fs::path& folder, std::size_t jobIndex, std::size_t stage, std::int64_t block,
                 std::span<const std::byte> states) {
  writeWhole(statePath(folder, jobIndex, stage, block), states);
}

std::vector<std::byte> readStates(const fs::path& folder, std::size_t jobIndex, const PyramidJob& job,
                                  std::size_t stage, const VoxelBox& box) {
  const BlockStage& from = job.stages[stage];
  const int level = from.lastLevel + 1;
  const std::size_t bytes = stateBytes(madeLevel(job, level));
  const auto countOf = [](const VoxelBox& part) {
    const i64vec3 size = part.size();
    return static_cast<std::size_t>(size.x * size.y * size.z);
  };
  std::vector<std::byte> states(countOf(box) * bytes);
  for (std::int64_t block = 0; block < from.blockCount(); ++block) {
    const VoxelBox held = blockBox(job.levels, from, block, level);
    if (intersect(held, box).empty()) continue;
    const std::vector<std::byte> read = readWhole(statePath(folder, jobIndex, stage, block), countOf(held) * bytes);
    forEachRow(intersect(held, box), held, box, [&](std::size_t fromIndex, std::size_t toIndex, std::size_t count) {
      std::memcpy(states.data() + toIndex * bytes, read.data() + fromIndex * bytes, count * bytes);
    });
  }
  return states;
}

}  // namespace volary
