#include "sidecar/plane_layers.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/grid.h"
#include "base/os/thread.h"
#include "base/parallel.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace volary {

namespace {

/// Four layers of a large screen, of 16 bit; more if several images are in view.
constexpr std::uint64_t kMostTileBytes = 64 * kMiB;
/// For chunks of the source that reach beyond a band of tiles.
constexpr std::uint64_t kReaderBytes = 32 * kMiB;

i64vec3 tileOf(const LayerPart& part) {
  const ivec3 chunk = part.job->levels[static_cast<std::size_t>(part.level)].chunkVoxels;
  return {chunk.x, chunk.y, 1};
}

std::uint64_t bytesOf(const PyramidJob& job, const i64vec3& size) {
  return countCells(size) * voxelBytes(job.voxelType);
}

/// The tiles that a part touches.
VoxelBox tilesOf(const LayerPart& part) {
  const i64vec3 tile = tileOf(part);
  return {.begin = part.box.begin / tile, .end = ceilDiv(part.box.end, tile)};
}

template <typename Visit>
void forEachTile(const LayerPart& part, Visit visit) {
  const VoxelBox tiles = tilesOf(part);
  i64vec3 at;
  for (at.z = tiles.begin.z; at.z < tiles.end.z; ++at.z)
    for (at.y = tiles.begin.y; at.y < tiles.end.y; ++at.y)
      for (at.x = tiles.begin.x; at.x < tiles.end.x; ++at.x) visit(ChunkKey{part.job->source, part.level, at});
}

/// The voxels of the job's level 0 behind a box of one of its levels.
VoxelBox behind(const PyramidJob& job, int level, const VoxelBox& box) {
  const i64vec3 factor = levelRatio(job.levels, 0, level);
  return intersect({.begin = box.begin * factor, .end = box.end * factor},
                   {.begin = i64vec3(0), .end = job.levels[0].sizeVoxels});
}

/// How many rows of tiles are made together: enough that no chunk of the source reaches far beyond them.
std::int64_t tileRowsOfBand(const LayerPart& part) {
  return ceilDiv(std::int64_t{part.job->sourceChunk.y}, tileOf(part).y * levelRatio(part.job->levels, 0, part.level).y);
}

/// The voxels of level 0 that are read at once for a band: one layer of chunks of the source, whole ones if possible.
i64vec3 pieceOf(const LayerPart& part, const VoxelBox& fine) {
  const std::int64_t rows =
      std::lcm(levelRatio(part.job->levels, 0, part.level).y, std::int64_t{part.job->sourceChunk.y});
  return {fine.size().x, std::min(rows, fine.size().y), part.job->sourceChunk.z};
}

/// Memory that making a band takes: a piece, sums that still have the planes of level 0, and those of the layer with
/// its voxels.
std::uint64_t bandBytes(const LayerPart& part) {
  const PyramidJob& job = *part.job;
  const i64vec3 tile = tileOf(part);
  const VoxelBox tiles = tilesOf(part);
  const i64vec3 size((tiles.end.x - tiles.begin.x) * tile.x, tileRowsOfBand(part) * tile.y, 1);
  const i64vec3 factor = levelRatio(job.levels, 0, part.level);
  const VoxelBox fine{.begin = i64vec3(0), .end = size * factor};
  const std::uint64_t chunk = bytesOf(job, i64vec3(job.sourceChunk));
  return bytesOf(job, pieceOf(part, fine)) + 2 * chunk +
         countCells(size) *
             ((static_cast<std::uint64_t>(factor.z) + 1) * sizeof(std::int64_t) + voxelBytes(job.voxelType));
}

}  // namespace

PlaneLayers::PlaneLayers(Source& source, int threads, int niceness, std::function<void()> changed)
    : source_(source),
      threads_(threads),
      niceness_(niceness),
      changed_(std::move(changed)),
      reader_(source, kReaderBytes) {}

PlaneLayers::~PlaneLayers() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
}

void PlaneLayers::want(std::vector<LayerPart> parts) {
  std::uint64_t bytes = 0, making = 0;
  std::erase_if(parts, [&](const LayerPart& part) {
    const VoxelBox tiles = tilesOf(part);
    bytes += bytesOf(*part.job, tiles.size() * tileOf(part));
    if (bytes <= kMostTileBytes) making = std::max(making, bandBytes(part));
    return bytes > kMostTileBytes;
  });
  {
    const std::lock_guard lock(mutex_);
    if (parts.empty() && parts_.empty()) return;
    parts_ = std::move(parts);
    if (parts_.empty()) {
      tiles_.clear();
      mostBytes_ = 0;
      return;
    }
    mostBytes_ = kMostTileBytes + kReaderBytes + static_cast<std::uint64_t>(threads_) * making;
    if (!thread_.joinable()) thread_ = std::jthread([this] { work(); });
  }
  wake_.notify_all();
}

std::optional<VoxelBox> PlaneLayers::findPart(ImageId image, int level) const {
  const std::lock_guard lock(mutex_);
  for (const LayerPart& part : parts_)
    if (part.job->source == image && part.level == level) return part.box;
  return std::nullopt;
}

std::shared_ptr<const std::vector<std::byte>> PlaneLayers::find(const ChunkKey& tile) const {
  const std::lock_guard lock(mutex_);
  const auto found = tiles_.find(tile);
  return found == tiles_.end() ? nullptr : found->second.voxels;
}

std::uint64_t PlaneLayers::version(const ChunkKey& tile) const {
  const std::lock_guard lock(mutex_);
  const auto found = tiles_.find(tile);
  return found == tiles_.end() ? 0 : found->second.version;
}

/// The thread's loop. Lets nothing escape.
void PlaneLayers::work() {
  if (niceness_ != 0) os::beAsNiceAs(niceness_);
  while (true) {
    const std::vector<Band> bands = takeBands();
    if (bands.empty()) return;
    try {
      parallelFor(bands.size(), threads_, [&](std::size_t i) { makeBand(bands[i]); });
    } catch (const Interrupted&) {
      return;  // it is time to stop
    } catch (...) {
      const std::lock_guard lock(mutex_);
      failed_ = true;
    }
    changed_();
  }
}

/// The missing bands of the first part that is not whole. Waits for such a part; returns none when it is time to stop.
std::vector<PlaneLayers::Band> PlaneLayers::takeBands() {
  std::unique_lock lock(mutex_);
  std::vector<Band> bands;
  const auto findMissing = [&] {
    for (const LayerPart& part : parts_) {
      const VoxelBox tiles = tilesOf(part);
      const std::int64_t step = tileRowsOfBand(part);
      for (std::int64_t z = tiles.begin.z; z < tiles.end.z; ++z)
        for (std::int64_t y = tiles.begin.y; y < tiles.end.y; y += step) {
          Band band{.part = part,
                    .firstTile = {tiles.begin.x, y, z},
                    .endTile = {tiles.end.x, std::min(y + step, tiles.end.y), z + 1}};
          const i64vec3 tile = tileOf(part);
          const VoxelBox level{.begin = i64vec3(0),
                               .end = part.job->levels[static_cast<std::size_t>(part.level)].sizeVoxels};
          band.part.box = intersect({.begin = band.firstTile * tile, .end = band.endTile * tile}, level);
          bool whole = true;
          forEachTile(band.part, [&](const ChunkKey& key) { whole = whole && tiles_.contains(key); });
          if (!whole) bands.push_back(band);
        }
      if (!bands.empty()) break;
    }
    return !bands.empty();
  };
  wake_.wait(lock, [&] { return stop_ || (!failed_ && findMissing()); });
  if (stop_) return {};
  return bands;
}

void PlaneLayers::makeBand(const Band& band) {
  const PyramidJob& job = *band.part.job;
  {
    const std::lock_guard lock(mutex_);
    if (!isWanted({job.source, band.part.level, band.firstTile})) return;  // the view has gone on to other planes
  }
  const MadeLevel made = madeLevel(job, band.part.level);
  const MadeLevel flat{.how = made.how, .voxelType = made.voxelType, .factor = {made.factor.x, made.factor.y, 1}};
  const VoxelBox fine = behind(job, band.part.level, band.part.box);
  const VoxelBox flatBox = coarserBox(fine, flat.factor);
  const i64vec3 step = pieceOf(band.part, fine);
  std::vector<std::byte> voxels, flatStates(countCells(flatBox.size()) * stateBytes(flat));

  // One layer of the source's chunks at a time, so that only one plane is in memory at a time if the file consists of
  // planes.
  for (std::int64_t z = fine.begin.z; z < fine.end.z; z = (z / step.z + 1) * step.z)
    for (std::int64_t y = fine.begin.y; y < fine.end.y; y += step.y) {
      if (stop_) throw Interrupted();
      const i64vec3 end(fine.end.x, y + step.y, (z / step.z + 1) * step.z);
      const VoxelBox piece = intersect({.begin = {fine.begin.x, y, z}, .end = end}, fine);
      voxels.resize(bytesOf(job, piece.size()));
      const VoxelBox from{.begin = piece.begin + job.sourceBegin, .end = piece.end + job.sourceBegin};
      reader_.read(job.source, job.sourceLevel, from, 1, voxels);
      reduceVoxels(flat, {voxels, piece}, {flatStates, flatBox}, 1);
    }
  std::vector<std::byte> states(countCells(band.part.box.size()) * stateBytes(made));
  reduceStates(flat, {flatStates, flatBox}, {1, 1, made.factor.z}, {states, band.part.box}, 1);
  voxels.resize(bytesOf(job, band.part.box.size()));
  finishVoxels(made, {states, band.part.box}, job.levels[0].sizeVoxels, voxels, 1);
  addTiles(band, {voxels, band.part.box});
}

void PlaneLayers::addTiles(const Band& band, const BoxValues& voxels) {
  const i64vec3 tile = tileOf(band.part);
  const std::size_t voxel = voxelBytes(band.part.job->voxelType);
  std::vector<std::pair<ChunkKey, std::shared_ptr<const std::vector<std::byte>>>> cut;
  forEachTile(band.part, [&](const ChunkKey& key) {
    const auto bytes = cutChunk(voxels.bytes, voxels.box, voxel, ivec3(tile), key.chunk);
    cut.emplace_back(key, std::make_shared<const std::vector<std::byte>>(bytes.begin(), bytes.end()));
  });
  const std::lock_guard lock(mutex_);
  if (parts_.empty()) return;
  for (auto& [key, bytes] : cut) tiles_[key] = {.voxels = std::move(bytes), .version = ++lastVersion_};
  // Tiles that were made long ago and are not wanted now make room.
  const auto inAll = [&] { return tiles_.size() * bytesOf(*band.part.job, tile); };
  while (inAll() > kMostTileBytes) {
    auto oldest = tiles_.end();
    for (auto it = tiles_.begin(); it != tiles_.end(); ++it)
      if (!isWanted(it->first) && (oldest == tiles_.end() || it->second.version < oldest->second.version)) oldest = it;
    if (oldest == tiles_.end()) break;
    tiles_.erase(oldest);
  }
}

/// Under the lock.
bool PlaneLayers::isWanted(const ChunkKey& tile) const {
  return std::ranges::any_of(parts_, [&](const LayerPart& part) {
    const VoxelBox tiles = tilesOf(part);
    return part.job->source == tile.image && part.level == tile.level &&
           glm::all(glm::greaterThanEqual(tile.chunk, tiles.begin)) && glm::all(glm::lessThan(tile.chunk, tiles.end));
  });
}

}  // namespace volary
