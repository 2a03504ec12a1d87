#include "base/error.h"
#include "base/os/page_cache.h"
#include "bench/bench.h"
#include "formats/level_baseline.h"
#include "pyramid/brick.h"
#include "streaming/brick_assembly.h"
#include "streaming/chunk_cache.h"
#include "streaming/loader.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <exception>
#include <functional>
#include <mutex>
#include <span>
#include <thread>

namespace volary {

namespace {

/// What all passes share.
struct Bench {
  Source& source;
  LevelBaseline& baseline;
  ImageId image;
  int level;
  const ImagePyramid& pyramid;
  std::vector<i64vec3> chunks;
  std::vector<BrickKey> bricks;

  const LevelInfo& info() const { return pyramid.levels[static_cast<std::size_t>(level)]; }
  std::size_t chunkBytes() const { return decodedChunkBytes(info(), pyramid.voxelType); }
  ChunkKey key(const i64vec3& chunk) const { return {.image = image, .level = level, .chunk = chunk}; }
};

/// What a worker does with some chunks that follow one another. It is made anew for each worker, and owns the memory
/// that is kept.
using ChunkWork = std::function<void(std::span<const i64vec3> chunks)>;

/// Chunks that a worker takes at a time: as many as a brick of small ones touches, few enough to share large ones out.
constexpr std::size_t kMostAtOnce = 64;

/// The same, for a function that takes one chunk.
template <typename DoChunk>
ChunkWork oneByOne(DoChunk doChunk) {
  return [doChunk = std::move(doChunk)](std::span<const i64vec3> chunks) {
    for (const i64vec3& chunk : chunks) doChunk(chunk);
  };
}

/// Decodes each chunk into the same memory.
class DecodingSink final : public ChunkSink {
 public:
  explicit DecodingSink(const Bench& bench) : bench_(bench), voxels_(bench.chunkBytes()) {}

  void read(std::span<const i64vec3> chunks) {
    keys_.clear();
    for (const i64vec3& chunk : chunks) keys_.push_back(bench_.key(chunk));
    bench_.source.readChunks(keys_, *this);
  }

  void begin(std::size_t) override {}
  std::span<std::byte> buffer(std::size_t size) override {
    if (stored_.size() < size) stored_.resize(size);
    return stored_;
  }
  Next take(std::size_t index, const RawView& raw) override {
    bench_.source.decodeChunk(keys_[index], raw, voxels_, scratch_);
    return Next::goOn;
  }
  Next fail(std::size_t, std::exception_ptr failure) override { std::rethrow_exception(failure); }

 private:
  const Bench& bench_;
  std::vector<std::byte> voxels_;
  std::vector<std::byte> stored_;
  std::vector<ChunkKey> keys_;
  DecodeScratch scratch_;
};

/// Seconds until `threads` workers have done all chunks, in the file's order.
double timeChunks(const Bench& bench, int threads, const std::function<ChunkWork()>& makeWork) {
  const std::size_t step =
      std::clamp<std::size_t>(bench.chunks.size() / (static_cast<std::size_t>(threads) * 16), 1, kMostAtOnce);
  std::atomic<std::size_t> next{0};
  std::mutex mutex;
  std::exception_ptr failure;
  const auto work = [&] {
    try {
      const ChunkWork doChunks = makeWork();
      const std::span<const i64vec3> all(bench.chunks);
      for (std::size_t i = next.fetch_add(step); i < all.size(); i = next.fetch_add(step))
        doChunks(all.subspan(i, std::min(step, all.size() - i)));
    } catch (...) {
      next = bench.chunks.size();
      const std::lock_guard lock(mutex);
      failure = std::current_exception();
    }
  };
  const auto start = std::chrono::steady_clock::now();
  {
    std::vector<std::jthread> helpers;
    for (int i = 1; i < threads; ++i) helpers.emplace_back(work);
    work();
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  if (failure) std::rethrow_exception(failure);
  return seconds.count();
}

/// Seconds until the loader, which holds no chunk yet, has made all bricks.
double timeBricks(const Bench& bench, Loader& loader, std::uint64_t& bytesRead) {
  // At least as often as a window looks. A wake-up for each brick would cost the workers their cores.
  constexpr std::chrono::milliseconds kLook(1);
  loader.dropChunks();
  const std::uint64_t readBefore = loader.stats().bytesRead;
  const auto start = std::chrono::steady_clock::now();
  loader.replaceRequests(bench.bricks);
  for (std::size_t done = 0; done < bench.bricks.size();) {
    for (LoadedBrick& brick : loader.takeFinished(bench.bricks.size())) {
      if (!brick.error.empty()) throw Error(brick.error);
      loader.reuse(std::move(brick.voxels));
      ++done;
    }
    if (done < bench.bricks.size()) std::this_thread::sleep_for(kLook);
  }
  const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
  bytesRead = loader.stats().bytesRead - readBefore;
  return seconds.count();
}

double timePath(const Bench& bench, IoPath path, int threads, Loader& loader, std::uint64_t& loaderBytesRead) {
  const auto voxels = [&bench] { return std::make_shared<std::vector<std::byte>>(bench.chunkBytes()); };
  switch (path) {
    case IoPath::library:
      return timeChunks(bench, threads, [&] {
        return oneByOne([&bench, out = voxels()](const i64vec3& chunk) { bench.baseline.readByLibrary(chunk, *out); });
      });
    case IoPath::limit:
      return timeChunks(bench, threads, [&] {
        return oneByOne([&bench, out = voxels(), scratch = std::make_shared<BareScratch>()](const i64vec3& chunk) {
          bench.baseline.readBare(chunk, *out, *scratch);
        });
      });
    case IoPath::chunks:
      return timeChunks(bench, threads, [&]() -> ChunkWork {
        return [sink = std::make_shared<DecodingSink>(bench)](std::span<const i64vec3> chunks) { sink->read(chunks); };
      });
    case IoPath::bricks: break;
  }
  return timeBricks(bench, loader, loaderBytesRead);
}

/// Checks that all ways give the same voxels: figures of wrong voxels are worth nothing. Reads the whole file, which
/// also warms the page cache.
void checkVoxels(const Bench& bench, int threads) {
  timeChunks(bench, threads, [&bench] {
    struct Memory {
      std::vector<std::byte> ours, bare, library;
      DecodeScratch scratch;
      BareScratch bareScratch;
    };
    auto memory = std::make_shared<Memory>();
    for (auto* voxels : {&memory->ours, &memory->bare, &memory->library}) voxels->resize(bench.chunkBytes());
    return oneByOne([&bench, memory](const i64vec3& chunk) {
      const ChunkKey key = bench.key(chunk);
      bench.source.decodeChunk(key, bench.source.readChunk(key), memory->ours, memory->scratch);
      const bool hasBare = bench.baseline.readBare(chunk, memory->bare, memory->bareScratch);
      bench.baseline.readByLibrary(chunk, memory->library);

      // What a chunk holds beyond the level's end does not matter.
      const VoxelBox inside = chunkBox(bench.info(), chunk);
      const VoxelBox whole{.begin = inside.begin, .end = inside.begin + i64vec3(bench.info().chunkVoxels)};
      const std::size_t bytes = voxelBytes(bench.pyramid.voxelType);
      forEachRow(inside, whole, whole, [&](std::size_t at, std::size_t, std::size_t count) {
        const std::byte* const row = memory->ours.data() + at * bytes;
        if ((hasBare && std::memcmp(row, memory->bare.data() + at * bytes, count * bytes) != 0) ||
            std::memcmp(row, memory->library.data() + at * bytes, count * bytes) != 0)
          fail("{}: chunk {}, {}, {} is not the same when the library reads it", bench.baseline.file().string(),
               chunk.x, chunk.y, chunk.z);
      });
    });
  });
}

IoBenchRun measureRun(const Bench& bench, bool cold, int threads, int passes, std::uint64_t& loaderBytesRead) {
  IoBenchRun run{.cold = cold, .threads = threads, .times = {}};
  Loader loader(bench.source, {.threads = threads, .niceness = 0});
  // Memory that is used for the first time costs time in the kernel and, in a virtual machine, in the host.
  timeBricks(bench, loader, loaderBytesRead);
  for (int pass = 0; pass < passes; ++pass)
    for (const IoPath path : kIoPaths) {
      if (cold) os::dropFromPageCache(bench.baseline.file());
      run.times[static_cast<std::size_t>(path)].seconds.push_back(
          timePath(bench, path, threads, loader, loaderBytesRead));
    }
  return run;
}

/// 1, 2, 4 ... and `most`.
std::vector<int> threadCounts(int most) {
  std::vector<int> counts;
  for (int threads = 1; threads < most; threads *= 2) counts.push_back(threads);
  counts.push_back(most);
  return counts;
}

std::vector<i64vec3> listCells(const i64vec3& grid) {
  std::vector<i64vec3> cells;
  i64vec3 c;
  for (c.z = 0; c.z < grid.z; ++c.z)
    for (c.y = 0; c.y < grid.y; ++c.y)
      for (c.x = 0; c.x < grid.x; ++c.x) cells.push_back(c);
  return cells;
}

}  // namespace

double PathTimes::best() const { return *std::ranges::min_element(seconds); }

double PathTimes::median() const {
  std::vector<double> sorted = seconds;
  std::ranges::sort(sorted);
  const std::size_t middle = sorted.size() / 2;
  return sorted.size() % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2.0;
}

IoBenchReport measureIo(Source& source, ImageId image, int level, const IoBenchSettings& settings) {
  const std::unique_ptr<LevelBaseline> baseline = openBaseline(source, image, level);
  if (!baseline) fail("{}: its voxels are computed, not read: there is nothing to measure", source.dataset().location);
  Bench bench{.source = source,
              .baseline = *baseline,
              .image = image,
              .level = level,
              .pyramid = source.pyramid(image),
              .chunks = {},
              .bricks = {}};
  const i64vec3 chunk(bench.info().chunkVoxels);
  bench.chunks = listCells((bench.info().sizeVoxels + chunk - std::int64_t{1}) / chunk);
  for (const i64vec3& brick : listCells(i64vec3(brickGrid(bench.info()))))
    bench.bricks.push_back({.image = image, .level = level, .brick = ivec3(brick)});

  const i64vec3& size = bench.info().sizeVoxels;
  IoBenchReport report{.image = image,
                       .level = level,
                       .voxelType = bench.pyramid.voxelType,
                       .info = bench.info(),
                       .voxelFile = baseline->file().string(),
                       .chunks = bench.chunks.size(),
                       .bricks = bench.bricks.size(),
                       .voxelBytes = static_cast<std::uint64_t>(size.x) * static_cast<std::uint64_t>(size.y) *
                                     static_cast<std::uint64_t>(size.z) * voxelBytes(bench.pyramid.voxelType),
                       .bytesStored = source.countBytesStored(image, level),
                       .loaderBytesRead = 0,
                       .runs = {},
                       .coldNote = {}};
  const int cores = static_cast<int>(std::max(1u, std::thread::hardware_concurrency()));
  const int most = settings.threads > 0 ? settings.threads : cores;
  checkVoxels(bench, most);
  for (const int threads : threadCounts(most))
    report.runs.push_back(measureRun(bench, false, threads, settings.passes, report.loaderBytesRead));

  report.coldNote = os::dropFromPageCache(baseline->file());
  if (!report.coldNote.empty()) return report;
  for (const int threads : threadCounts(most))
    report.runs.push_back(measureRun(bench, true, threads, settings.passes, report.loaderBytesRead));
  return report;
}

}  // namespace volary
