#include "support/fakes/fault_source.h"

#include "base/error.h"
#include "pyramid/hash.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <new>
#include <system_error>
#include <thread>

namespace volary::test {

namespace {

constexpr std::chrono::milliseconds kSlowRead(20);
constexpr std::chrono::seconds kMostWaiting(30);

std::uint64_t hashOf(std::uint64_t seed, const ChunkKey& key) {
  for (const std::int64_t part : {std::int64_t{key.image.setup}, std::int64_t{key.image.timepoint},
                                  std::int64_t{key.level}, key.chunk.x, key.chunk.y, key.chunk.z})
    seed = hashCombine(seed, static_cast<std::uint64_t>(part));
  return seed;
}

}  // namespace

const char* causeOf(Fault fault) {
  switch (fault) {
    case Fault::ioError: return "Input/output error";
    case Fault::noMemory: return "not enough memory";
    case Fault::foreign: return "unknown failure";
    case Fault::shortRead: return "bytes";
    case Fault::badDecode: return "damaged on purpose";
    default: return "";
  }
}

FaultOf strewFaults(std::uint64_t seed, std::vector<Fault> kinds, int perMille) {
  return [seed, kinds = std::move(kinds), perMille](const ChunkKey& key) {
    const auto at = static_cast<std::size_t>(hashOf(seed, key) % 1000) / static_cast<std::size_t>(perMille);
    return at < kinds.size() ? kinds[at] : Fault::none;
  };
}

class FaultSource::Reading {
 public:
  explicit Reading(FaultSource& source) : source_(source) {
    const std::lock_guard lock(source_.mutex_);
    ++source_.underWay_;
    ++source_.readsBegun_;
    source_.changed_.notify_all();
  }
  ~Reading() {
    const std::lock_guard lock(source_.mutex_);
    --source_.underWay_;
  }

 private:
  FaultSource& source_;
};

RawChunk FaultSource::readChunk(const ChunkKey& key) {
  const Reading reading(*this);
  const Fault fault = faultOf(key);
  switch (fault) {
    case Fault::ioError: throw std::system_error(EIO, std::generic_category());
    case Fault::noMemory: throw std::bad_alloc();
    case Fault::foreign: throw 42;
    case Fault::slow: std::this_thread::sleep_for(kSlowRead); break;
    case Fault::stuck: {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return released_ || healed_; });
      break;
    }
    default: break;
  }
  RawChunk raw = inner_.readChunk(key);
  if (fault == Fault::shortRead) raw.bytes.resize(raw.bytes.size() / 2);
  if (fault == Fault::bitFlips && !raw.bytes.empty()) {
    for (std::size_t i = 0; i < raw.bytes.size(); i += 64) raw.bytes[i] ^= std::byte{0x10};
    raw.bytes.back() ^= std::byte{0x10};
  }
  return raw;
}

void FaultSource::decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                              DecodeScratch& scratch) {
  if (faultOf(key) == Fault::badDecode)
    fail("{}: level {}: chunk {}, {}, {} was damaged on purpose", dataset().location, key.level, key.chunk.x,
         key.chunk.y, key.chunk.z);
  inner_.decodeChunk(key, raw, voxels, scratch);
}

Fault FaultSource::faultOf(const ChunkKey& key) const {
  const std::lock_guard lock(mutex_);
  return healed_ ? Fault::none : faultOf_(key);
}

void FaultSource::heal() {
  const std::lock_guard lock(mutex_);
  healed_ = true;
  changed_.notify_all();
}

void FaultSource::release() {
  const std::lock_guard lock(mutex_);
  released_ = true;
  changed_.notify_all();
}

void FaultSource::waitForReads(std::size_t count) {
  std::unique_lock lock(mutex_);
  if (changed_.wait_for(lock, kMostWaiting, [&] { return underWay_ >= count; })) return;
  const std::size_t underWay = underWay_;
  lock.unlock();
  release();  // otherwise the readers, and with them the test, would wait for ever
  fail("not within {} s: {} reads are under way, and not {}", kMostWaiting.count(), underWay, count);
}

std::uint64_t FaultSource::readsBegun() const {
  const std::lock_guard lock(mutex_);
  return readsBegun_;
}

std::size_t FaultSource::readsUnderWay() const {
  const std::lock_guard lock(mutex_);
  return underWay_;
}

}  // namespace volary::test
