#include "sidecar/sidecar_source.h"

#include "base/error.h"
#include "codecs/blosc.h"
#include "streaming/failure.h"

#include <sys/resource.h>

#include <utility>

namespace volary {

std::string_view sidecarStateName(SidecarStatus::State state) {
  switch (state) {
    case SidecarStatus::State::none: return "none";
    case SidecarStatus::State::waiting: return "waiting";
    case SidecarStatus::State::building: return "building";
    case SidecarStatus::State::ready: return "ready";
    case SidecarStatus::State::failed: break;
  }
  return "failed";
}

SidecarSource::SidecarSource(std::unique_ptr<Source> native, const SidecarSettings& settings)
    : native_(std::move(native)), settings_(settings) {}

SidecarSource::~SidecarSource() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
}

const ImagePyramid& SidecarSource::pyramid(ImageId image) {
  const ImagePyramid& native = native_->pyramid(image);
  const std::lock_guard lock(mutex_);
  const auto [found, isNew] = sidecars_.try_emplace(image);
  Sidecar& sidecar = found->second;
  if (isNew) begin(image, sidecar);
  return sidecar.state == SidecarStatus::State::ready ? sidecar.pyramid : native;
}

/// Under the lock, once an image. What goes wrong here is no reason not to show the image.
void SidecarSource::begin(ImageId image, Sidecar& sidecar) {
  try {
    const auto job = planSidecar(*native_, image, settings_.mostOverviewVoxels);
    const auto files = job ? identifyFiles(native_->dataset().file) : std::nullopt;
    if (!files) return;
    if (settings_.root.empty()) fail("there is no folder for coarser levels: neither XDG_CACHE_HOME nor HOME is set");
    sidecar.job = *job;
    sidecar.description = *files + describeJob(*job);
    sidecar.folder = std::make_unique<SidecarFolder>(settings_.root, sidecar.description);
    sidecar.nativeLevels = job->sourceLevel + 1;
    sidecar.pyramid = withSidecarLevels(native_->pyramid(image), *job);
    const i64vec3 size = job->levels[0].sizeVoxels;
    sidecar.progress.bytesInAll = static_cast<std::uint64_t>(size.x * size.y * size.z) * voxelBytes(job->voxelType);
    sidecar.levels = LevelFile::open(sidecar.folder->levels(), sidecar.description);
  } catch (const Error& error) {
    sidecar.state = SidecarStatus::State::failed;
    sidecar.problem = error.what();
    return;
  }
  if (sidecar.levels) {
    sidecar.state = SidecarStatus::State::ready;
    sidecar.folder->touch();
    return;
  }
  sidecar.state = SidecarStatus::State::waiting;
  queue_.push_back(&sidecar);
  if (!builder_.joinable()) builder_ = std::jthread([this] { build(); });
  changed_.notify_all();
}

/// The builder's loop. Lets nothing escape.
void SidecarSource::build() {
  if (settings_.niceness != 0) setpriority(PRIO_PROCESS, 0, settings_.niceness);   // and of all threads that it starts
  while (buildNext()) {
  }
}

bool SidecarSource::buildNext() {
  Sidecar* sidecar = nullptr;
  {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return stop_ || !queue_.empty(); });
    if (stop_) return false;
    sidecar = queue_.front();
    queue_.erase(queue_.begin());
    sidecar->state = SidecarStatus::State::building;
  }
  std::unique_ptr<LevelFile> levels;
  std::string problem;
  try {
    levels = buildSidecar(*native_, sidecar->job, sidecar->description, *sidecar->folder, settings_, stop_, sidecar->progress);
  } catch (const Interrupted&) {
    return false;
  } catch (...) {
    problem = describeFailure(*native_, "coarser levels");
  }
  {
    const std::lock_guard lock(mutex_);
    sidecar->levels = std::move(levels);
    sidecar->problem = std::move(problem);
    sidecar->state = sidecar->levels ? SidecarStatus::State::ready : SidecarStatus::State::failed;
  }
  changed_.notify_all();
  return true;
}

SidecarStatus SidecarSource::statusOf(const Sidecar& sidecar) const {
  SidecarStatus status{.state = sidecar.state, .problem = sidecar.problem};
  if (status.state == SidecarStatus::State::building && sidecar.progress.waitsForOther)
    status.state = SidecarStatus::State::waiting;
  if (status.state == SidecarStatus::State::ready)
    status.fraction = 1.0;
  else if (sidecar.progress.bytesInAll > 0)
    status.fraction = double(sidecar.progress.bytesDone) / double(sidecar.progress.bytesInAll);
  return status;
}

SidecarStatus SidecarSource::status(ImageId image) const {
  const std::lock_guard lock(mutex_);
  const auto found = sidecars_.find(image);
  return found == sidecars_.end() ? SidecarStatus{} : statusOf(found->second);
}

SidecarStatus SidecarSource::waitFor(ImageId image) {
  pyramid(image);
  std::unique_lock lock(mutex_);
  const Sidecar& sidecar = sidecars_.at(image);
  using State = SidecarStatus::State;
  changed_.wait(lock, [&] { return sidecar.state != State::waiting && sidecar.state != State::building; });
  return statusOf(sidecar);
}

const LevelFile* SidecarSource::findLevels(ImageId image, int& level) const {
  const std::lock_guard lock(mutex_);
  const auto found = sidecars_.find(image);
  if (found == sidecars_.end() || !found->second.levels || level < found->second.nativeLevels) return nullptr;
  level -= found->second.nativeLevels - 1;   // the job's level 0 is the source's coarsest
  return found->second.levels.get();
}

std::uint64_t SidecarSource::countBytesStored(ImageId image, int level) {
  int own = level;
  const LevelFile* levels = findLevels(image, own);
  return levels ? levels->bytesOf(own) : native_->countBytesStored(image, level);
}

RawChunk SidecarSource::readChunk(const ChunkKey& key) {
  int own = key.level;
  const LevelFile* levels = findLevels(key.image, own);
  return levels ? levels->read(own, key.chunk) : native_->readChunk(key);
}

ReadCost SidecarSource::readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) {
  int own = keys.empty() ? 0 : keys.front().level;
  const bool isOurs = !keys.empty() && findLevels(keys.front().image, own);
  return isOurs ? Source::readChunks(keys, sink) : native_->readChunks(keys, sink);
}

void SidecarSource::decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                                DecodeScratch& scratch) {
  int own = key.level;
  if (!findLevels(key.image, own)) return native_->decodeChunk(key, raw, voxels, scratch);
  const std::size_t size = decompressBloscUpTo(raw.bytes, voxels);
  if (size != voxels.size())
    fail("{}: chunk {}, {}, {} holds {} bytes, not {}", describeLevel(*this, key.image, key.level), key.chunk.x, key.chunk.y,
         key.chunk.z, size, voxels.size());
}

}  // namespace volary
