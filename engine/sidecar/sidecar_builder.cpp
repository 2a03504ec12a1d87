#include "sidecar/sidecar_builder.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/parallel.h"
#include "build/blosc_encoder.h"
#include "sidecar/sidecar_room.h"
#include "sidecar/sidecar_statistics.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

namespace volary {

namespace {

/// For chunks of the source that reach beyond a block.
constexpr std::uint64_t kNativeReaderBytes = 64 * kMiB;
constexpr std::chrono::milliseconds kLookAgain(200);
constexpr std::chrono::milliseconds kAskAgain(10);

/// Encodes the coarser levels, and appends them to the file.
class LevelSink final : public BlockSink {
 public:
  LevelSink(LevelFile& file, SidecarWatcher& watcher) : file_(file), watcher_(watcher) {}

  Order order() const override { return Order::any; }

  std::vector<EncodedChunk> take(const PyramidJob& job, int level, const VoxelBox& box,
                                 std::span<const std::byte> voxels, int threads) override {
    const ivec3 shape = job.levels[static_cast<std::size_t>(level)].chunkVoxels;
    const std::vector<i64vec3> chunks = chunksIn(box, shape);
    std::vector<EncodedChunk> encoded(chunks.size());
    parallelFor(chunks.size(), threads, [&](std::size_t i) {
      const auto cut = cutChunk(voxels, box, voxelBytes(job.voxelType), shape, chunks[i]);
      encoded[i] = {level, chunks[i], compressBlosc(cut, voxelBytes(job.voxelType))};
    });
    encoded.push_back(measureBox(job, level, {voxels, box}, threads));
    return encoded;
  }

  void finish(const PyramidJob&, const BlockTask&, std::span<const EncodedChunk> chunks) override {
    file_.append(chunks);
    watcher_.grown();
  }

 private:
  LevelFile& file_;
  SidecarWatcher& watcher_;
};

std::filesystem::path doneMark(const SidecarFolder& folder, const BlockTask& task) {
  return folder.sums() / fmt::format("0-{}-{}", task.stage, task.block);  // as writeStates() names it
}

/// A block is done if its chunks, the statistics of its bricks, and the states that it leaves for the next stage are
/// all there.
bool isDone(const PyramidJob& job, const BlockTask& task, const LevelFile& file, const SidecarFolder& folder) {
  const BlockStage& stage = job.stages[task.stage];
  for (int level = std::max(job.firstWritten, stage.firstLevel); level <= stage.lastLevel; ++level) {
    const VoxelBox box = blockBox(job.levels, stage, task.block, level);
    for (const i64vec3& chunk : chunksIn(box, job.levels[std::size_t(level)].chunkVoxels))
      if (!file.holds(level, chunk)) return false;
    if (!file.holds(level, statisticsName(box))) return false;
  }
  const bool leavesStates = stage.lastLevel + 1 < static_cast<int>(job.levels.size());
  return !leavesStates || std::filesystem::exists(doneMark(folder, task));
}

std::uint64_t bytesOfBlock(const PyramidJob& job, const BlockTask& task) {
  if (task.stage > 0) return 0;
  const i64vec3 size = blockBox(job.levels, job.stages[0], task.block, 0).size();
  return static_cast<std::uint64_t>(size.x * size.y * size.z) * voxelBytes(job.voxelType);
}

void waitUntilAllowed(const SidecarSettings& settings, std::size_t blocksBegun, const std::atomic<bool>& stop) {
  if (!settings.mayBegin) return;
  while (!stop && !settings.mayBegin(blocksBegun)) std::this_thread::sleep_for(kAskAgain);
}

void makeLevels(Source& source, const SidecarOrder& order, const SidecarSettings& settings,
                const std::atomic<bool>& stop, SidecarProgress& progress, SidecarWatcher& watcher) {
  const PyramidJob& job = order.job;
  const SidecarFolder& folder = order.folder;
  std::error_code error;
  std::filesystem::create_directories(folder.sums(), error);
  if (error) fail("{}: {}", folder.sums().string(), error.message());
  const std::shared_ptr<LevelFile> file = LevelFile::resume(folder.part(), order.description);
  watcher.opened(file);
  std::vector<BlockTask> tasks;
  for (std::size_t stage = 0; stage < job.stages.size(); ++stage)
    for (std::int64_t block = 0; block < job.stages[stage].blockCount(); ++block) {
      const BlockTask task{.stage = stage, .block = block};
      if (isDone(job, task, *file, folder))
        progress.bytesDone += bytesOfBlock(job, task);
      else
        tasks.push_back(task);
    }
  LevelSink sink(*file, watcher);
  SourceBoxReader reader(source, kNativeReaderBytes);
  std::size_t blocksBegun = 0;
  runBlocks(reader, {&job, 1}, tasks, sink,
            {.sumsFolder = folder.sums(),
             .memoryBytes = buildMemoryBytes(job),
             .threads = threadsOrCores(settings.threads),
             .stop = &stop,
             .progress = [&](std::uint64_t bytes) { progress.bytesDone += bytes; },
             .choose =
                 [&](std::span<const BlockTask> left) {
                   waitUntilAllowed(settings, blocksBegun++, stop);
                   return watcher.choose(left);
                 }});
  file->finish(folder.levels());
}

}  // namespace

std::uint64_t buildBytes(const PyramidJob& job, const SidecarSettings& settings) {
  const auto threads = static_cast<std::uint64_t>(threadsOrCores(settings.threads));
  const i64vec3 chunk(job.sourceChunk);
  const std::uint64_t chunkBytes = static_cast<std::uint64_t>(chunk.x * chunk.y * chunk.z) * voxelBytes(job.voxelType);
  return std::min(buildMemoryBytes(job), threads * largestBlockBytes(job)) + kNativeReaderBytes +
         threads * 2 * chunkBytes;
}

void buildSidecar(Source& source, const SidecarOrder& order, const SidecarSettings& settings,
                  const std::atomic<bool>& stop, SidecarProgress& progress, SidecarWatcher& watcher) {
  SidecarFolder& folder = order.folder;
  while (!folder.lock()) {
    progress.waitsForOther = true;
    if (stop) throw Interrupted();
    std::this_thread::sleep_for(kLookAgain);
  }
  progress.waitsForOther = false;
  // Another process may have finished it by now.
  if (std::shared_ptr<LevelFile> levels = LevelFile::open(folder.levels(), order.description)) {
    watcher.opened(std::move(levels));
  } else {
    try {
      checkRoom(order.job, folder, settings);
      dropOldSidecars(settings.root, settings.maxBytes - largestSidecar(order.job), folder);
      makeLevels(source, order, settings, stop, progress, watcher);
    } catch (const Interrupted&) {
      throw;
    } catch (const LevelReadError&) {
      throw;  // parts that can't be read now may be whole
    } catch (...) {
      folder.removeParts();  // parts are of no use if the disk is full or the source can't be read to its end
      throw;
    }
    folder.removeParts();
  }
  folder.unlock();
}

}  // namespace volary
