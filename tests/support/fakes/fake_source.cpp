#include "support/fakes/fake_source.h"

#include "base/error.h"
#include "pyramid/hash.h"
#include "pyramid/page_voxel.h"
#include "pyramid/voxel_box.h"

#include <chrono>
#include <cstring>

namespace volary::test {

namespace {

constexpr std::byte kCipher{0x5a};
constexpr std::byte kGarbage{0xee};
constexpr std::chrono::seconds kMostWaiting(30);

}  // namespace

FakeSource::FakeSource(VoxelType type, const i64vec3& sizeVoxels, const std::vector<dvec3>& factors,
                       const ivec3& chunkVoxels) {
  dataset_ = {.format = "fake", .location = "fake.h5", .timepoints = {0, 5}, .setups = {}, .warnings = {}};
  for (const int id : {3, 8}) {
    Setup setup;
    setup.id = id;
    setup.worldFromVoxel.assign(2, dmat4(1.0));
    setup.present.assign(2, true);
    dataset_.setups.push_back(setup);
  }
  pyramid_.voxelType = type;
  for (const dvec3& factor : factors)
    pyramid_.levels.push_back({.sizeVoxels = glm::max(i64vec3(dvec3(sizeVoxels) / factor), i64vec3(1)),
                               .factor = factor,
                               .chunkVoxels = chunkVoxels,
                               .codec = "xor",
                               .bytesStored = {}});
}

const ImagePyramid& FakeSource::pyramid(ImageId) { return pyramid_; }

std::uint64_t FakeSource::countBytesStored(ImageId, int) { return 0; }

class FakeSource::Reading {
 public:
  explicit Reading(FakeSource& source) : source_(source) {
    const std::lock_guard lock(source_.mutex_);
    ++source_.underWay_;
  }
  ~Reading() {
    const std::lock_guard lock(source_.mutex_);
    --source_.underWay_;
  }

 private:
  FakeSource& source_;
};

RawChunk FakeSource::readChunk(const ChunkKey& key) {
  const Reading reading(*this);
  {
    std::unique_lock lock(mutex_);
    ++reads_[name(key)];
    ++totalReads_;
    const auto mustWait = [&] { return holdAll_ || held_.contains(name(key)); };
    if (mustWait()) {
      const std::uint64_t ticket = ++lastTicket_;
      ++waiting_;
      changed_.notify_all();
      changed_.wait(lock, [&] { return !mustWait() || ticket <= lastReleased_; });
      --waiting_;
    }
    if (const auto found = readFailures_.find(name(key)); found != readFailures_.end())
      std::rethrow_exception(found->second);
    if (missing_.contains(name(key))) return {};
  }

  const LevelInfo& level = pyramid_.levels[key.level];
  const i64vec3 begin = key.chunk * i64vec3(level.chunkVoxels);
  const VoxelBox whole{.begin = begin, .end = begin + i64vec3(level.chunkVoxels)};
  const std::size_t bytes = voxelBytes(pyramid_.voxelType);
  RawChunk raw{.bytes = {}, .filterMask = 0, .stored = true};
  raw.bytes.assign(indexIn(whole, whole.end - std::int64_t{1}) * bytes + bytes, kGarbage);
  const VoxelBox inside = intersect(whole, {.begin = i64vec3(0), .end = level.sizeVoxels});
  i64vec3 p;
  for (p.z = inside.begin.z; p.z < inside.end.z; ++p.z)
    for (p.y = inside.begin.y; p.y < inside.end.y; ++p.y)
      for (p.x = inside.begin.x; p.x < inside.end.x; ++p.x)
        writeVoxel(key.level, p, raw.bytes.data() + indexIn(whole, p) * bytes);
  for (std::byte& byte : raw.bytes) byte ^= kCipher;
  return raw;
}

void FakeSource::decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels, DecodeScratch&) {
  {
    const std::lock_guard lock(mutex_);
    ++totalDecodes_;
    if (const auto found = decodeFailures_.find(name(key)); found != decodeFailures_.end())
      std::rethrow_exception(found->second);
  }
  if (raw.bytes.size() != voxels.size())
    fail("{}: level {}: chunk {}, {}, {} has {} bytes, not {}", dataset_.location, key.level, key.chunk.x, key.chunk.y,
         key.chunk.z, raw.bytes.size(), voxels.size());
  for (std::size_t i = 0; i < voxels.size(); ++i) voxels[i] = raw.bytes[i] ^ kCipher;
}

int FakeSource::value(int level, const i64vec3& voxel) {
  std::uint64_t hash = hashCombine(static_cast<std::uint64_t>(level), static_cast<std::uint64_t>(voxel.x));
  hash = hashCombine(hash, static_cast<std::uint64_t>(voxel.y));
  return static_cast<int>(hashCombine(hash, static_cast<std::uint64_t>(voxel.z)) % 128);
}

void FakeSource::writeVoxel(int level, const i64vec3& voxel, std::byte* to) const {
  visitVoxelType(pyramid_.voxelType, [&](auto zero) {
    const auto typed = static_cast<decltype(zero)>(value(level, voxel));
    std::memcpy(to, &typed, sizeof(typed));
  });
}

std::vector<std::byte> FakeSource::expectedBrick(const BrickKey& key) const {
  const i64vec3 size = pyramid_.levels[key.level].sizeVoxels;
  const std::size_t bytes = pageVoxelBytes(pageFormat(pyramid_.voxelType));
  std::vector<std::byte> padded;
  for (int z = -1; z <= kBrickPayload; ++z)
    for (int y = -1; y <= kBrickPayload; ++y)
      for (int x = -1; x <= kBrickPayload; ++x) {
        const i64vec3 at = i64vec3(key.brick) * std::int64_t{kBrickPayload} + i64vec3(x, y, z);
        std::byte stored[8];
        std::byte page[8];
        writeVoxel(key.level, glm::clamp(at, i64vec3(0), size - std::int64_t{1}), stored);
        convertToPage(pyramid_.voxelType, stored, page, 1);
        padded.insert(padded.end(), page, page + bytes);
      }
  return padded;
}

void FakeSource::hold(const ChunkKey& key) {
  const std::lock_guard lock(mutex_);
  held_.insert(name(key));
}

void FakeSource::holdAll() {
  const std::lock_guard lock(mutex_);
  holdAll_ = true;
}

void FakeSource::release(const ChunkKey& key) {
  const std::lock_guard lock(mutex_);
  held_.erase(name(key));
  changed_.notify_all();
}

void FakeSource::releaseAll() {
  const std::lock_guard lock(mutex_);
  holdAll_ = false;
  held_.clear();
  changed_.notify_all();
}

void FakeSource::releaseWaiting() {
  const std::lock_guard lock(mutex_);
  lastReleased_ = lastTicket_;
  changed_.notify_all();
}

void FakeSource::waitForHeld(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, kMostWaiting, [&] { return waiting_ >= count; })) return;
  const std::size_t waiting = waiting_;
  lock.unlock();
  releaseAll();  // otherwise the readers, and with them the test, would wait for ever
  fail("not within {} s: {} reads wait, and not {}", kMostWaiting.count(), waiting, count);
}

void FakeSource::failRead(const ChunkKey& key, std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (failure)
    readFailures_[name(key)] = failure;
  else
    readFailures_.erase(name(key));
}

void FakeSource::failDecode(const ChunkKey& key, std::exception_ptr failure) {
  const std::lock_guard lock(mutex_);
  if (failure)
    decodeFailures_[name(key)] = failure;
  else
    decodeFailures_.erase(name(key));
}

void FakeSource::leaveOut(const ChunkKey& key) {
  const std::lock_guard lock(mutex_);
  missing_.insert(name(key));
}

int FakeSource::reads(const ChunkKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = reads_.find(name(key));
  return found == reads_.end() ? 0 : found->second;
}

int FakeSource::totalReads() const {
  const std::lock_guard lock(mutex_);
  return totalReads_;
}

int FakeSource::totalDecodes() const {
  const std::lock_guard lock(mutex_);
  return totalDecodes_;
}

FakeSource::Name FakeSource::name(const ChunkKey& key) {
  return {key.image.setup, key.image.timepoint, key.level, key.chunk.x, key.chunk.y, key.chunk.z};
}

int FakeSource::readsUnderWay() const {
  const std::lock_guard lock(mutex_);
  return underWay_;
}

std::vector<BrickKey> allBricks(const ImagePyramid& pyramid, ImageId image) {
  std::vector<BrickKey> keys;
  for (int level = static_cast<int>(pyramid.levels.size()) - 1; level >= 0; --level) {
    const ivec3 grid = brickGrid(pyramid.levels[level]);
    for (int i = 0; i < grid.x * grid.y * grid.z; ++i)
      keys.push_back(
          {.image = image, .level = level, .brick = {i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y)}});
  }
  return keys;
}

}  // namespace volary::test
