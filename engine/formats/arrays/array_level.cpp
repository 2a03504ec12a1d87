#include "formats/arrays/array_level.h"

#include "base/error.h"
#include "formats/arrays/spanning_chunks.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace volary::arrays {

namespace {

// RawChunk::filterMask of a chunk that was not read, because it was held decoded.
constexpr std::uint32_t kHeldDecoded = 1;

// The most chunks that are counted: each costs a system call.
constexpr double kMaxCounted = 1 << 22;

std::size_t at(int axis) { return static_cast<std::size_t>(axis); }

i64vec3 ofVolume(const Extents& extents, const AxisRoles& roles, std::int64_t without) {
  const auto pick = [&](int axis) { return axis < 0 ? without : extents[at(axis)]; };
  return {pick(roles.x), pick(roles.y), pick(roles.z)};
}

}  // namespace

std::int64_t extentOf(const ArrayLayout& layout, int axis) { return axis < 0 ? 1 : layout.shape[at(axis)]; }

i64vec3 volumeSize(const ArrayLayout& layout, const AxisRoles& roles) { return ofVolume(layout.shape, roles, 1); }

i64vec3 volumeChunk(const ArrayLayout& layout, const AxisRoles& roles) { return ofVolume(layout.chunkShape, roles, 1); }

ArrayLevel::ArrayLevel(std::shared_ptr<const StoredArray> array, const AxisRoles& roles, std::int64_t channel,
                       std::int64_t time)
    : array_(std::move(array)), roles_(roles) {
  const ArrayLayout& layout = array_->layout();
  if (channel >= extentOf(layout, roles.channel))
    fail("it has {} channels, there is no channel {}", extentOf(layout, roles.channel), channel);
  if (time >= extentOf(layout, roles.time))
    fail("it has {} time points, there is no time point {}", extentOf(layout, roles.time), time);
  size_ = volumeSize(layout, roles);
  chunk_ = volumeChunk(layout, roles);
  strides_ = ofVolume(layout.strides, roles, 0);

  const auto place = [&](int axis, std::int64_t index, std::int64_t& chunkIndex) {
    if (axis < 0) return;
    chunkIndex = index / layout.chunkShape[at(axis)];
    offset_ += index % layout.chunkShape[at(axis)] * layout.strides[at(axis)];
  };
  place(roles.channel, channel, channelChunk_);
  place(roles.time, time, timeChunk_);

  const std::size_t volumeBytes =
      static_cast<std::size_t>(chunk_.x * chunk_.y * chunk_.z) * voxelBytes(layout.voxelType);
  isSpanning_ = volumeBytes != chunkBytes(layout);
  const bool xFastest = (chunk_.x == 1 || strides_.x == 1) && (chunk_.y == 1 || strides_.y == chunk_.x) &&
                        (chunk_.z == 1 || strides_.z == chunk_.x * chunk_.y);
  isDense_ = !isSpanning_ && xFastest;
}

LevelInfo ArrayLevel::info(const dvec3& factor) const {
  return {.sizeVoxels = size_,
          .factor = factor,
          .chunkVoxels = ivec3(chunk_),
          .codec = array_->layout().codec,
          .bytesStored = std::nullopt};
}

Extents ArrayLevel::indexOf(const i64vec3& chunk) const {
  Extents index(array_->layout().shape.size(), 0);
  const auto place = [&](int axis, std::int64_t value) {
    if (axis >= 0) index[at(axis)] = value;
  };
  place(roles_.x, chunk.x);
  place(roles_.y, chunk.y);
  place(roles_.z, chunk.z);
  place(roles_.channel, channelChunk_);
  place(roles_.time, timeChunk_);
  return index;
}

RawChunk ArrayLevel::readChunk(const i64vec3& chunk, SpanningChunks& spanning) const {
  const Extents index = indexOf(chunk);
  if (isSpanning_ && spanning.find({array_.get(), index}))
    return {.bytes = {}, .filterMask = kHeldDecoded, .stored = true};
  return array_->readChunk(index);
}

std::optional<ChunkPlace> ArrayLevel::findShared(const i64vec3& chunk, SpanningChunks& spanning) const {
  const Extents index = indexOf(chunk);
  if (isSpanning_ && spanning.find({array_.get(), index})) return std::nullopt;
  return array_->findShared(index);
}

void ArrayLevel::decodeChunk(const i64vec3& chunk, const RawView& raw, std::span<std::byte> voxels,
                             DecodeScratch& scratch, SpanningChunks& spanning) const {
  if (isDense_) return array_->decodeChunk(raw, voxels, scratch);
  const std::size_t bytes = chunkBytes(array_->layout());
  const Extents index = indexOf(chunk);
  SpanningChunks::Pointer held = isSpanning_ ? spanning.find({array_.get(), index}) : nullptr;
  if (!held) {
    const std::shared_ptr<std::byte[]> decoded = std::make_shared_for_overwrite<std::byte[]>(bytes);
    // It may have been held when it was to be read, but dropped since.
    const bool isGone = isSpanning_ && raw.filterMask == kHeldDecoded;
    array_->decodeChunk(isGone ? array_->readChunk(index) : raw, std::span(decoded.get(), bytes), scratch);
    held = decoded;
    if (isSpanning_) spanning.keep({array_.get(), index}, held, bytes);
  }
  copyVolume(std::span(held.get(), bytes), voxels);
}

void ArrayLevel::copyVolume(std::span<const std::byte> stored, std::span<std::byte> voxels) const {
  visitVoxelType(array_->layout().voxelType, [&]<typename T>(T) {
    std::byte* to = voxels.data();
    for (std::int64_t z = 0; z < chunk_.z; ++z)
      for (std::int64_t y = 0; y < chunk_.y; ++y, to += chunk_.x * std::int64_t{sizeof(T)}) {
        const std::byte* from = stored.data() + (offset_ + z * strides_.z + y * strides_.y) * std::int64_t{sizeof(T)};
        if (strides_.x == 1) {
          std::memcpy(to, from, static_cast<std::size_t>(chunk_.x) * sizeof(T));
        } else {
          for (std::int64_t x = 0; x < chunk_.x; ++x)
            std::memcpy(to + x * std::int64_t{sizeof(T)}, from + x * strides_.x * std::int64_t{sizeof(T)}, sizeof(T));
        }
      }
  });
}

std::uint64_t ArrayLevel::countBytesStored() const {
  std::uint64_t bytes = 0;
  const i64vec3 grid = ceilDiv(size_, chunk_);
  const dvec3 chunks(grid);
  if (chunks.x * chunks.y * chunks.z > kMaxCounted)
    fail("{} chunks are too many to count their bytes", chunks.x * chunks.y * chunks.z);
  i64vec3 chunk;
  for (chunk.z = 0; chunk.z < grid.z; ++chunk.z)
    for (chunk.y = 0; chunk.y < grid.y; ++chunk.y)
      for (chunk.x = 0; chunk.x < grid.x; ++chunk.x) bytes += array_->countChunkBytes(indexOf(chunk));
  return bytes;
}

}  // namespace volary::arrays
