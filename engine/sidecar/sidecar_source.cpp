#include "sidecar/sidecar_source.h"

#include "base/error.h"
#include "base/os/thread.h"
#include "base/parallel.h"
#include "codecs/blosc.h"
#include "sidecar/sidecar_preview.h"
#include "sidecar/sidecar_room.h"
#include "sidecar/stand_in.h"
#include "storage/file_states.h"
#include "streaming/failure.h"

#include <algorithm>
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

namespace {

/// Marks a chunk that stands in for another one: the bytes are its voxels, not encoded.
constexpr std::uint32_t kPlain = 1;

}  // namespace

SidecarSource::SidecarSource(std::unique_ptr<Source> native, const SidecarSettings& settings)
    : native_(std::move(native)),
      settings_(settings),
      planes_(*native_, threadsOrCores(settings.threads), settings.planeNiceness, [this] { ++revision_; }) {}

SidecarSource::~SidecarSource() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
}

/// Reports a build's progress to the source, and passes on to the build what is wanted first.
class SidecarSource::Watcher final : public SidecarWatcher {
 public:
  Watcher(SidecarSource& source, Sidecar& sidecar) : source_(source), sidecar_(sidecar) {}

  void opened(std::shared_ptr<const LevelFile> levels) override {
    {
      const std::lock_guard lock(source_.mutex_);
      sidecar_.levels = std::move(levels);
    }
    grown();
  }

  void grown() override { ++source_.revision_; }

  /// The first task whose block holds voxels of preferred chunks.
  std::size_t choose(std::span<const BlockTask> tasks) override {
    const PyramidJob& job = sidecar_.job;
    for (const VoxelBox& box : preferredBoxes())
      for (std::size_t i = 0; i < tasks.size(); ++i)
        if (!intersect(box, blockBox(job.levels, job.stages[0], tasks[i].block, 0)).empty()) return i;
    return 0;
  }

 private:
  /// The preferred chunks, in voxels of the job's level 0.
  std::vector<VoxelBox> preferredBoxes() const {
    const PyramidJob& job = sidecar_.job;
    std::vector<VoxelBox> boxes;
    const std::lock_guard lock(source_.mutex_);
    for (const ChunkKey& key : source_.preferred_) {
      const int level = key.level - sidecar_.nativeLevels + 1;
      if (key.image != job.source || level < 1 || level >= static_cast<int>(job.levels.size())) continue;
      if (sidecar_.levels->holds(level, key.chunk)) continue;
      const i64vec3 size =
          i64vec3(job.levels[static_cast<std::size_t>(level)].chunkVoxels) * levelRatio(job.levels, 0, level);
      boxes.push_back({.begin = key.chunk * size, .end = (key.chunk + std::int64_t{1}) * size});
    }
    return boxes;
  }

  SidecarSource& source_;
  Sidecar& sidecar_;
};

std::vector<Location> SidecarSource::files() { return native_->files(); }

const ImagePyramid& SidecarSource::pyramid(ImageId image) {
  const ImagePyramid& native = native_->pyramid(image);
  const std::lock_guard lock(mutex_);
  const auto [found, isNew] = sidecars_.try_emplace(image);
  Sidecar& sidecar = found->second;
  if (isNew) begin(image, sidecar);
  switch (sidecar.state) {
    case SidecarStatus::State::ready: return sidecar.whole;
    case SidecarStatus::State::waiting:
    case SidecarStatus::State::building: return sidecar.growing;
    case SidecarStatus::State::none:
    case SidecarStatus::State::failed: break;
  }
  return native;
}

/// Under the lock, once for each image. A failure here is no reason not to show the image.
void SidecarSource::begin(ImageId image, Sidecar& sidecar) {
  try {
    const auto job = planSidecar(*native_, image, settings_.mostOverviewVoxels);
    if (!job) return;
    const std::vector<Location> files = native_->files();
    const auto states = files.empty() ? std::nullopt : describeStates(files);
    if (!states) return;
    if (settings_.root.empty()) fail("there is no folder for coarser levels: neither XDG_CACHE_HOME nor HOME is set");
    sidecar.job = *job;
    sidecar.description = *states + describeJob(*job);
    sidecar.folder = std::make_unique<SidecarFolder>(settings_.root, sidecar.description);
    sidecar.nativeLevels = job->sourceLevel + 1;
    sidecar.preview = planPreview(*job);
    sidecar.whole = withSidecarLevels(native_->pyramid(image), *job);
    sidecar.growing = withSidecarLevels(native_->pyramid(image), *job, sidecar.preview);
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
    sidecar.statistics = readStatistics(sidecar.job, *sidecar.levels);
    sidecar.folder->touch();
    return;
  }
  sidecar.state = SidecarStatus::State::waiting;
  ++revision_;
  queue_.push_back(&sidecar);
  if (!builder_.joinable()) builder_ = std::jthread([this] { work(); });
  changed_.notify_all();
}

/// The builder's loop. Lets nothing escape.
void SidecarSource::work() {
  if (settings_.niceness != 0) os::beAsNiceAs(settings_.niceness);
  while (Sidecar* sidecar = takeNext()) {
    try {
      makeNext(*sidecar);
    } catch (const Interrupted&) {
      return;
    } catch (...) {
      finish(*sidecar, describeFailure(*native_, "coarser levels"));
    }
  }
}

/// The sidecar to work on next; null when it is time to stop. All get a preview before the first gets its levels.
SidecarSource::Sidecar* SidecarSource::takeNext() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [&] { return stop_ || !queue_.empty(); });
  if (stop_) return nullptr;
  const auto next = std::ranges::find_if(queue_, [](const Sidecar* sidecar) { return !sidecar->previewVoxels; });
  Sidecar* sidecar = next != queue_.end() ? *next : queue_.front();
  sidecar->state = SidecarStatus::State::building;
  return sidecar;
}

/// Makes a preview, or the levels.
void SidecarSource::makeNext(Sidecar& sidecar) {
  if (!sidecar.previewVoxels) {
    checkRoom(sidecar.job, *sidecar.folder, settings_);  // if no levels will come, there is nothing to stand in for
    auto voxels = std::make_shared<const std::vector<std::byte>>(
        makePreview(*native_, sidecar.job, sidecar.preview, threadsOrCores(settings_.threads), stop_));
    const std::lock_guard lock(mutex_);
    sidecar.previewVoxels = std::move(voxels);
    ++revision_;
    return;
  }
  Watcher watcher(*this, sidecar);
  buildSidecar(*native_, {sidecar.job, sidecar.description, *sidecar.folder}, settings_, stop_, sidecar.progress,
               watcher);
  LevelStatistics statistics = readStatistics(sidecar.job, *sidecar.levels);
  {
    const std::lock_guard lock(mutex_);
    sidecar.statistics = std::move(statistics);
  }
  finish(sidecar, {});
}

void SidecarSource::finish(Sidecar& sidecar, std::string problem) {
  {
    const std::lock_guard lock(mutex_);
    std::erase(queue_, &sidecar);
    sidecar.state = problem.empty() ? SidecarStatus::State::ready : SidecarStatus::State::failed;
    sidecar.problem = std::move(problem);
    ++revision_;
  }
  planes_.want({});  // if another image is in view, its planes are asked for again
  changed_.notify_all();
}

bool SidecarSource::isMade(const ChunkKey& key) const {
  const Origin origin = findOrigin(key.image, key.level);
  return !origin.isOwn || origin.preview || (origin.levels && origin.levels->holds(origin.level, key.chunk));
}

void SidecarSource::preferChunks(std::span<const ChunkKey> chunks) {
  const std::lock_guard lock(mutex_);
  preferred_.assign(chunks.begin(), chunks.end());
}

void SidecarSource::preferPlanes(std::span<const PlaneInView> planes) {
  std::vector<LayerPart> parts;
  {
    const std::lock_guard lock(mutex_);
    for (const PlaneInView& plane : planes) {
      const auto found = sidecars_.find(plane.image);
      if (found == sidecars_.end()) continue;
      const Sidecar& sidecar = found->second;
      if (!sidecar.previewVoxels || sidecar.state != SidecarStatus::State::building) continue;
      const PyramidJob& job = sidecar.job;
      const int level = plane.level - sidecar.nativeLevels + 1;
      if (level >= 1 && level < static_cast<int>(job.levels.size()))
        parts.push_back({.job = &job, .level = level, .box = {.begin = plane.begin, .end = plane.end}});
    }
  }
  planes_.want(std::move(parts));
}

std::uint64_t SidecarSource::standIn(const BrickKey& key) const {
  const Origin origin = findOrigin(key.image, key.level);
  return origin.standIn ? findStandIn(origin.sidecar->job, planes_, origin.level, key.brick) : 0;
}

std::optional<BrickStatistics> SidecarSource::findStatistics(const BrickKey& key) const {
  const std::lock_guard lock(mutex_);
  const auto found = sidecars_.find(key.image);
  if (found == sidecars_.end() || found->second.state != SidecarStatus::State::ready) return std::nullopt;
  const Sidecar& sidecar = found->second;
  const int level = key.level - sidecar.nativeLevels + 1;
  if (level < 1 || level >= static_cast<int>(sidecar.statistics.size())) return std::nullopt;
  const std::vector<BrickStatistics>& statistics = sidecar.statistics[static_cast<std::size_t>(level)];
  if (statistics.empty()) return std::nullopt;
  const i64vec3 grid(brickGrid(sidecar.job.levels[static_cast<std::size_t>(level)]));
  return statistics[static_cast<std::size_t>((key.brick.z * grid.y + key.brick.y) * grid.x + key.brick.x)];
}

std::uint64_t SidecarSource::workBytes() const {
  const std::uint64_t planeBytes = planes_.mostBytes();
  const std::lock_guard lock(mutex_);
  std::uint64_t bytes = 0;
  for (const auto& [image, sidecar] : sidecars_)
    if (sidecar.state == SidecarStatus::State::building && !sidecar.progress.waitsForOther)
      bytes = std::max(bytes, buildBytes(sidecar.job, settings_));  // one at a time
  return bytes + planeBytes;
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

SidecarSource::Origin SidecarSource::findOrigin(ImageId image, int level) const {
  const std::lock_guard lock(mutex_);
  const auto found = sidecars_.find(image);
  // Without a job there are only the source's levels.
  if (found == sidecars_.end() || found->second.nativeLevels == 0 || level < found->second.nativeLevels) return {};
  const Sidecar& sidecar = found->second;
  Origin origin{.isOwn = true,
                .sidecar = &sidecar,
                .level = level - sidecar.nativeLevels + 1};  // the job's level 0 is the source's coarsest
  if (origin.level == static_cast<int>(sidecar.job.levels.size()))
    origin.preview = sidecar.previewVoxels;
  else
    origin.levels = sidecar.levels;
  if (!origin.preview && sidecar.state == SidecarStatus::State::building) origin.standIn = sidecar.previewVoxels;
  return origin;
}

std::uint64_t SidecarSource::countBytesStored(ImageId image, int level) {
  const Origin origin = findOrigin(image, level);
  if (!origin.isOwn) return native_->countBytesStored(image, level);
  return origin.levels ? origin.levels->bytesOf(origin.level) : 0;
}

RawChunk SidecarSource::readChunk(const ChunkKey& key) {
  const Origin origin = findOrigin(key.image, key.level);
  if (!origin.isOwn) return native_->readChunk(key);
  if (origin.preview) return {.bytes = *origin.preview, .stored = true};
  if (origin.levels && (!origin.standIn || origin.levels->holds(origin.level, key.chunk)))
    return origin.levels->read(origin.level, key.chunk);
  if (!origin.standIn) fail("{}: not made yet", describeLevel(*this, key.image, key.level));
  const Sidecar& sidecar = *origin.sidecar;
  return {.bytes = makeStandIn({sidecar.job, sidecar.preview, *origin.standIn, planes_}, origin.level, key.chunk),
          .filterMask = kPlain,
          .stored = true};
}

ReadCost SidecarSource::readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) {
  const bool isOwn = !keys.empty() && findOrigin(keys.front().image, keys.front().level).isOwn;
  return isOwn ? Source::readChunks(keys, sink) : native_->readChunks(keys, sink);
}

void SidecarSource::decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                                DecodeScratch& scratch) {
  const Origin origin = findOrigin(key.image, key.level);
  if (!origin.isOwn) return native_->decodeChunk(key, raw, voxels, scratch);
  std::size_t size = raw.bytes.size();
  if (origin.preview || raw.filterMask == kPlain)
    std::ranges::copy(raw.bytes.first(std::min(size, voxels.size())), voxels.begin());
  else
    size = decompressBloscUpTo(raw.bytes, voxels);
  if (size != voxels.size())
    fail("{}: chunk {}, {}, {} holds {} bytes, not {}", describeLevel(*this, key.image, key.level), key.chunk.x,
         key.chunk.y, key.chunk.z, size, voxels.size());
}

}  // namespace volary
