#include "streaming/chunk_cache.h"

#include "base/error.h"

#include <algorithm>

namespace volary {

std::size_t decodedChunkBytes(const LevelInfo& level, VoxelType type) {
  const glm::vec<3, std::size_t> chunk(level.chunkVoxels);
  return chunk.x * chunk.y * chunk.z * voxelBytes(type);
}

ChunkCache::ChunkCache(Source& source, const ChunkBudgets& budgets)
    : supply_{.source = source, .growing = source.growing(), .stored = ByteBudget(budgets.storedBytes)},
      table_(budgets.decodedBytes) {}

Served ChunkCache::serve(std::span<const ChunkKey> keys, const ImagePyramid& pyramid,
                         std::chrono::milliseconds patience, ChunkScratch& scratch, ChunkUser& user,
                         std::span<ChunkWait> waits) {
  if (keys.empty()) return Served::all;
  if (waits.empty()) {
    scratch.waits.assign(keys.size(), nullptr);
    waits = scratch.waits;
  }
  const ChunkRequest request{keys, waits};
  const std::size_t chunkBytes = decodedChunkBytes(pyramid.levels[keys.front().level], pyramid.voxelType);
  const std::size_t batch = std::clamp<std::size_t>(kMaxBatchBytes / chunkBytes, 1, kMaxBatchChunks);
  scratch.busy.clear();
  Served served = Served::all;
  const auto serveOne = [&](std::size_t begin, std::size_t end) {
    const Served one = serveBatch(request, begin, end, pyramid, scratch, user);
    if (one != Served::all) served = one;
    return one;
  };
  // If bytes of one batch are on their way, the other batches ask for theirs meanwhile.
  for (std::size_t begin = 0; begin < keys.size(); begin += batch)
    if (serveOne(begin, std::min(begin + batch, keys.size())) == Served::givenUp) return Served::givenUp;

  // Chunks that another thread was making come last: they are often there by now, without any waiting.
  for (std::size_t i = 0; i < scratch.busy.size(); ++i) {
    const std::size_t index = scratch.busy[i];
    if (user.givesUp()) return Served::givenUp;
    DecodedChunk chunk;
    const ChunkTable::Found found = table_.waitFor(keys[index], patience, waits[index], chunk);
    if (found == ChunkTable::Found::notYet) return Served::notYet;
    if (found == ChunkTable::Found::chunk)
      user.use(index, chunk);
    else if (serveOne(index, index + 1) == Served::givenUp)
      return Served::givenUp;
  }
  return served;
}

Served ChunkCache::serveBatch(const ChunkRequest& request, std::size_t begin, std::size_t end,
                              const ImagePyramid& pyramid, ChunkScratch& scratch, ChunkUser& user) {
  const std::size_t chunkBytes = decodedChunkBytes(pyramid.levels[request.keys[begin].level], pyramid.voxelType);
  if (user.givesUp()) return Served::givenUp;
  table_.claim(request, begin, end, chunkBytes, scratch.claims, scratch.hits, scratch.busy);
  std::string error;
  {
    ChunkMaker maker(supply_, table_, scratch.claims, scratch.maker, user);
    for (const ChunkTable::Hit& hit : scratch.hits) user.use(hit.index, hit.chunk);
    scratch.hits.clear();
    if (scratch.claims.size() > 0) maker.run();
    if (maker.gaveUp()) return Served::givenUp;
    error = maker.error();
    if (error.empty() && maker.isPending()) return Served::notYet;
  }
  if (!error.empty()) throw Error(error);
  return Served::all;
}

void ChunkCache::dropAll() { table_.dropAll(); }

void ChunkCache::setBudgets(const ChunkBudgets& budgets) {
  supply_.stored.setBudget(budgets.storedBytes);
  table_.setBudget(budgets.decodedBytes);
}

ChunkCacheStats ChunkCache::stats() const {
  ChunkCacheStats stats = table_.stats();
  stats.storedBytes = supply_.stored.takenBytes();
  stats.storedPeakBytes = supply_.stored.peakBytes();
  return stats;
}

}  // namespace volary
