#include "formats/hdf5_image/hdf5_level.h"

#include "base/bytes.h"
#include "base/error.h"
#include "formats/shared/chunk_reads.h"

#include <algorithm>

namespace volary {

namespace {

// The largest chunk that is taken into memory: one that holds a 512^3 volume of 16 bit is 256 MiB.
constexpr std::uint64_t kMaxChunkBytes = kGiB;
// Unchunked voxels are read in cubes: large enough that a call costs little, small enough to be cached.
constexpr std::int64_t kUnchunkedCube = 64;
// An open dataset costs 12 to 24 bytes for each stored chunk, and may keep a file open: most systems have at most 1024
// descriptors.
constexpr std::size_t kMaxOpenDatasets = 256;

std::size_t countChunkBytes(const i64vec3& chunkVoxels, VoxelType type) {
  std::uint64_t bytes = voxelBytes(type);
  for (int axis = 0; axis < 3; ++axis) {
    const auto extent = static_cast<std::uint64_t>(chunkVoxels[axis]);
    if (extent == 0 || extent > kMaxChunkBytes / bytes)
      fail("chunks of {} x {} x {} voxels are too large, {} is the limit", chunkVoxels.x, chunkVoxels.y, chunkVoxels.z,
           formatBytes(kMaxChunkBytes));
    bytes *= extent;
  }
  return bytes;
}

/// A chunk of fill values as it would be stored without filters.
RawChunk makeFillChunk(const Hdf5Level& level) {
  RawChunk chunk{.bytes = std::vector<std::byte>(level.chunkBytes), .filterMask = ~0u, .stored = true};
  for (std::size_t i = 0; i < chunk.bytes.size(); ++i) chunk.bytes[i] = level.fillValue[i % level.fillValue.size()];
  return chunk;
}

/// A dataset that is opened again may be another one by then: their chunks must not be confused.
bool isStill(const Hdf5Level& level, const Hdf5DatasetInfo& info) {
  if (info.sizeVoxels != level.datasetVoxels || info.fillValue != level.fillValue) return false;
  if (!info.chunkVoxels) return !level.filters;
  return *info.chunkVoxels == level.chunkVoxels && FilterChain(info, level.chunkBytes).codec() == level.codec;
}

}  // namespace

Hdf5Level describeHdf5Level(const Hdf5Place& place, const Hdf5DatasetInfo& info, VoxelType type) {
  Hdf5Level level{.file = place.file->location(),
                  .object = place.object,
                  .sizeVoxels = info.sizeVoxels,
                  .datasetVoxels = info.sizeVoxels,
                  .chunkVoxels = info.chunkVoxels.value_or(glm::min(info.sizeVoxels, i64vec3(kUnchunkedCube))),
                  .fillValue = info.fillValue};
  try {
    level.chunkBytes = countChunkBytes(level.chunkVoxels, type);
    // If width and kind are the same, the bits are taken as they are, whatever the sign. The library converts anything
    // else.
    const bool sameBits = info.isPlain && voxelBytes(info.storedType) == voxelBytes(type) &&
                          isInteger(info.storedType) == isInteger(type);
    const FilterChain filters(info, level.chunkBytes);
    level.readType = sameBits ? info.storedType : type;
    level.codec = filters.codec();
    if (info.chunkVoxels && sameBits) level.filters = filters;
  } catch (const Error& error) {
    fail("{}: {}: {}", level.file.text(), level.object, error.what());
  }
  return level;
}

Hdf5LevelReader::Hdf5LevelReader(Hdf5Files& files) : files_(files), open_(kMaxOpenDatasets) {}

RawChunk Hdf5LevelReader::readChunk(const Hdf5Level& level, const i64vec3& chunk) {
  try {
    return readOnce(level, chunk);
  } catch (const Error& error) {
    if (!isChanged(level)) failChunk(level, chunk, "read", error);
  }
  // The file is opened anew to read what it holds by now.
  try {
    return readOnce(level, chunk);
  } catch (const Error& error) {
    failChunk(level, chunk, "read", error);
  }
}

void Hdf5LevelReader::decodeChunk(const Hdf5Level& level, const i64vec3& chunk, const RawView& raw,
                                  std::span<std::byte> voxels, DecodeScratch& scratch) {
  try {
    return decodeOnce(level, raw, voxels, scratch);
  } catch (const Error& error) {
    if (!isChanged(level)) failChunk(level, chunk, "decoded", error);
  }
  const RawChunk again = readChunk(level, chunk);
  try {
    decodeOnce(level, again, voxels, scratch);
  } catch (const Error& error) {
    failChunk(level, chunk, "decoded", error);
  }
}

RawChunk Hdf5LevelReader::readOnce(const Hdf5Level& level, const i64vec3& chunk) {
  const i64vec3 origin = chunk * level.chunkVoxels;
  const std::shared_ptr<const Hdf5Dataset> dataset = open(level);
  if (!level.filters) {
    RawChunk raw{.bytes = std::vector<std::byte>(level.chunkBytes), .filterMask = 0, .stored = true};
    dataset->readBox(origin, level.chunkVoxels, level.readType, raw.bytes);
    return raw;
  }
  RawChunk raw = dataset->readRawChunk(origin, level.filters->maxStoredBytes());
  if (!raw.stored && !level.fillValue.empty()) raw = makeFillChunk(level);
  return raw;
}

void Hdf5LevelReader::decodeOnce(const Hdf5Level& level, const RawView& raw, std::span<std::byte> voxels,
                                 DecodeScratch& scratch) {
  if (!raw.stored) {
    std::ranges::fill(voxels, std::byte{0});
    return;
  }
  if (voxels.size() != level.chunkBytes)
    fail("room for {} bytes of voxels, the chunk has {}", voxels.size(), level.chunkBytes);
  if (level.filters)
    level.filters->decode(raw, voxels, scratch);
  else
    std::ranges::copy(raw.bytes, voxels.begin());
}

ReadCost Hdf5LevelReader::readChunks(Source& source, const Hdf5Level& level, std::span<const ChunkKey> keys,
                                     ChunkSink& sink) {
  thread_local ChunkReads reads;
  reads.clear();
  std::shared_ptr<const Hdf5Dataset> dataset;
  try {
    dataset = open(level);
  } catch (const Error&) {
    // Each chunk reports the failure.
  }
  const OwnHdf5Dataset* const own = dataset ? dataset->own() : nullptr;
  if (!own || !level.filters) return source.Source::readChunks(keys, sink);

  for (std::size_t i = 0; i < keys.size(); ++i) {
    const i64vec3 origin = keys[i].chunk * level.chunkVoxels;
    if (const auto place = own->findRawChunk(origin, level.filters->maxStoredBytes()))
      reads.add({own->bytes(), {place->position, place->bytes}}, i, place->filterMask);
    else
      reads.leaveAlone(i);
  }
  return reads.run(source, keys, sink);
}

std::shared_ptr<const Hdf5Dataset> Hdf5LevelReader::open(const Hdf5Level& level) {
  // If two threads come here for the same dataset, the first one's stays: its index of chunks is read once.
  return open_.findOrMake(&level, [&] {
    auto opened = std::make_shared<const Hdf5Dataset>(files_.open(level.file)->openDataset(level.object));
    if (!isStill(level, opened->info())) fail("it is not the dataset that it was when the file was opened first");
    return opened;
  });
}

void Hdf5LevelReader::failChunk(const Hdf5Level& level, const i64vec3& chunk, const char* verb, const Error& error) {
  fail("{}: {}: chunk {}, {}, {} can't be {}: {}{}", level.file.text(), level.object, chunk.x, chunk.y, chunk.z, verb,
       error.what(), isChanged(level) ? kChangedFile : "");
}

/// True if the file has changed since it was opened, now or at an earlier failure. It is then reopened; if that fails,
/// the old one stays in use, as it may still have sound chunks.
bool Hdf5LevelReader::isChanged(const Hdf5Level& level) {
  const Hdf5Files::Reopened file = files_.reopenIfChanged(level.file);
  const std::shared_ptr<const Hdf5Dataset> dataset = open_.find(&level);
  const bool isStale = dataset && !dataset->isAsOpened();
  if (isStale && file != Hdf5Files::Reopened::failed)
    open_.eraseIf([&](const Hdf5Level*, const Hdf5Dataset& kept) { return &kept == dataset.get(); });
  const std::lock_guard lock(mutex_);
  if (file != Hdf5Files::Reopened::unchanged || isStale) changedFiles_.insert(level.file);
  return changedFiles_.contains(level.file);
}

}  // namespace volary
