#include "build/block_runner.h"

#include "base/grid.h"
#include "base/parallel.h"
#include "build/state_file.h"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <iterator>
#include <mutex>
#include <numeric>
#include <optional>
#include <thread>

namespace volary {
namespace {

std::size_t countOf(const VoxelBox& box) {
  const i64vec3 size = box.size();
  return static_cast<std::size_t>(size.x * size.y * size.z);
}

// Which tasks are done, and who waits for them. All functions may be called from any thread.
class TaskBoard {
 public:
  TaskBoard(std::span<const BlockTask> tasks, const BlockRunOptions& options)
      : tasks_(tasks), choose_(options.choose), done_(tasks.size()), left_(tasks.size()) {
    std::iota(left_.begin(), left_.end(), std::size_t{0});
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      const bool sameStage = i > 0 && tasks[i - 1].job == tasks[i].job && tasks[i - 1].stage == tasks[i].stage;
      needs_.push_back(tasks[i].stage == 0 ? 0 : (sameStage ? needs_.back() : i));
    }
  }

  /// The next task, once what it needs is done; nothing when there is no more to begin.
  std::optional<std::size_t> take() {
    std::unique_lock lock(mutex_);
    if (failure_ || left_.empty()) return std::nullopt;
    const auto chosen = left_.begin() + static_cast<std::ptrdiff_t>(chooseNext());
    const std::size_t task = *chosen;
    left_.erase(chosen);
    changed_.wait(lock, [&] { return failure_ || doneBefore_ >= needs_[task]; });
    if (failure_) return std::nullopt;
    return task;
  }

  /// Waits until all tasks before this one are done; false if they never will be.
  bool waitForTurn(std::size_t task) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return failure_ || doneBefore_ == task; });
    return !failure_;
  }

  void setDone(std::size_t task) {
    const std::lock_guard lock(mutex_);
    done_[task] = true;
    while (doneBefore_ < done_.size() && done_[doneBefore_]) ++doneBefore_;
    changed_.notify_all();
  }

  void setFailed(std::exception_ptr failure) {
    const std::lock_guard lock(mutex_);
    if (!failure_) failure_ = std::move(failure);
    changed_.notify_all();
  }

  void rethrowFailure() {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  // Under the lock: an index into left_.
  std::size_t chooseNext() const {
    const BlockTask& first = tasks_[left_.front()];
    if (!choose_ || first.stage > 0) return 0;
    std::vector<BlockTask> alike;
    for (const std::size_t task : left_) {
      if (tasks_[task].job != first.job || tasks_[task].stage > 0) break;
      alike.push_back(tasks_[task]);
    }
    return choose_(alike);
  }

  std::span<const BlockTask> tasks_;
  const std::function<std::size_t(std::span<const BlockTask>)>& choose_;
  std::vector<std::size_t> needs_;  // by task: how many tasks from the first on must be done
  std::vector<bool> done_;
  std::deque<std::size_t> left_;  // to begin, in the list's order
  std::size_t doneBefore_ = 0;
  std::exception_ptr failure_;
  std::mutex mutex_;
  std::condition_variable changed_;
};

// Memory that is kept from block to block: new memory costs as much as copying into it.
class KeptMemory {
 public:
  std::span<std::byte> take(std::size_t size) {
    if (memory_.size() < size) {
      memory_ = {};
      memory_.resize(size);
    }
    return std::span(memory_).first(size);
  }

 private:
  std::vector<std::byte> memory_;
};

// Makes the levels of one block.
class BlockMaker {
 public:
  BlockMaker(SourceBoxReader& reader, std::span<const PyramidJob> jobs, BlockSink& sink, const BlockRunOptions& options,
             int threads)
      : reader_(reader), jobs_(jobs), sink_(sink), options_(options), threads_(threads) {}

  std::vector<EncodedChunk> make(const BlockTask& task) {
    const PyramidJob& job = jobs_[task.job];
    const BlockStage& stage = job.stages[task.stage];
    const auto boxOf = [&](int level) { return blockBox(job.levels, stage, task.block, level); };
    const auto levelCount = static_cast<int>(job.levels.size());
    std::vector<EncodedChunk> chunks;

    // The first level, and the states of the next.
    int level = stage.firstLevel;
    BoxValues states;
    if (task.stage > 0) {
      readStates_ = readStates(options_.sumsFolder, jobIndex(job), job, task.stage - 1, boxOf(level));
      states = {readStates_, boxOf(level)};
    } else if (job.firstWritten > 0) {
      states = reducePieces(job, stage, boxOf(level));
      ++level;
    } else {
      const BoxValues voxels = readSource(job, boxOf(level));
      hand(job, level, voxels, chunks);
      if (++level < levelCount) states = reduceSource(job, voxels);
    }

    // From states to voxels, and to the states of the next level.
    for (; level <= stage.lastLevel; ++level) {
      const MadeLevel made = madeLevel(job, level);
      const std::span<std::byte> voxels = voxels_.take(countOf(states.box) * voxelBytes(job.voxelType));
      finishVoxels(made, states, job.levels[0].sizeVoxels, voxels, threads_);
      hand(job, level, {voxels, states.box}, chunks);
      if (level + 1 < levelCount) {
        const WritableBoxValues next = takeStates(job, level + 1, boxOf(level + 1));
        reduceStates(made, states, levelRatio(job.levels, level, level + 1), next, threads_);
        states = {next.bytes, next.box};
      }
    }
    if (level < levelCount) writeStates(options_.sumsFolder, jobIndex(job), task.stage, task.block, states.bytes);
    readStates_ = {};
    return chunks;
  }

 private:
  std::size_t jobIndex(const PyramidJob& job) const { return static_cast<std::size_t>(&job - jobs_.data()); }

  WritableBoxValues takeStates(const PyramidJob& job, int level, const VoxelBox& box) {
    return {states_[static_cast<std::size_t>(level % 2)].take(countOf(box) * stateBytes(madeLevel(job, level))), box};
  }

  void readVoxels(const PyramidJob& job, const VoxelBox& box, int threads, std::span<std::byte> voxels) {
    if (options_.stop && *options_.stop) throw Interrupted();
    const VoxelBox from{.begin = box.begin + job.sourceBegin, .end = box.end + job.sourceBegin};
    reader_.read(job.source, job.sourceLevel, from, threads, voxels);
    if (options_.progress) options_.progress(voxels.size());
  }

  BoxValues readSource(const PyramidJob& job, const VoxelBox& box) {
    const std::span<std::byte> voxels = voxels_.take(countOf(box) * voxelBytes(job.voxelType));
    readVoxels(job, box, threads_, voxels);
    return {voxels, box};
  }

  BoxValues reduceSource(const PyramidJob& job, const BoxValues& voxels) {
    const MadeLevel made = madeLevel(job, 1);
    const WritableBoxValues states = takeStates(job, 1, coarserBox(voxels.box, made.factor));
    reduceVoxels(made, voxels, states, threads_);
    return {states.bytes, states.box};
  }

  // The states of level 1 without level 0: voxels are summed up while they are in the core's cache.
  BoxValues reducePieces(const PyramidJob& job, const BlockStage& stage, const VoxelBox& box) {
    const MadeLevel made = madeLevel(job, 1);
    const WritableBoxValues states = takeStates(job, 1, coarserBox(box, made.factor));
    const i64vec3 size = planPiece(planInput(job), stage);
    const i64vec3 first = box.begin / size;
    const i64vec3 grid = ceilDiv(box.end, size) - first;
    parallelFor(static_cast<std::size_t>(grid.x * grid.y * grid.z), threads_, [&](std::size_t index) {
      thread_local KeptMemory memory;
      const auto i = static_cast<std::int64_t>(index);
      const i64vec3 begin = (first + cellAt(grid, i)) * size;
      const VoxelBox piece = intersect({.begin = begin, .end = begin + size}, box);
      const std::span<std::byte> voxels = memory.take(countOf(piece) * voxelBytes(job.voxelType));
      readVoxels(job, piece, 1, voxels);
      reduceVoxels(made, {voxels, piece}, states, 1);
    });
    return {states.bytes, states.box};
  }

  void hand(const PyramidJob& job, int level, const BoxValues& voxels, std::vector<EncodedChunk>& chunks) {
    if (options_.stop && *options_.stop) throw Interrupted();
    std::vector<EncodedChunk> more = sink_.take(job, level, voxels.box, voxels.bytes, threads_);
    std::move(more.begin(), more.end(), std::back_inserter(chunks));
  }

  SourceBoxReader& reader_;
  std::span<const PyramidJob> jobs_;
  BlockSink& sink_;
  const BlockRunOptions& options_;
  int threads_;
  KeptMemory voxels_;                  // of the level at hand
  std::array<KeptMemory, 2> states_;   // of levels in turns
  std::vector<std::byte> readStates_;  // of the stage before
};

// How many blocks are made at once, each by its own threads, so that all cores are busy within the memory.
int blocksAtOnce(std::span<const PyramidJob> jobs, std::span<const BlockTask> tasks, const BlockRunOptions& options) {
  std::uint64_t largest = 1;
  for (const BlockTask& task : tasks) {
    const PyramidJob& job = jobs[task.job];
    largest = std::max(largest, blockBytes(planInput(job), job.stages[task.stage]));
  }
  const std::uint64_t most = std::max<std::uint64_t>(1, options.memoryBytes / largest);
  const auto threads = static_cast<std::uint64_t>(std::max(options.threads, 1));
  return static_cast<int>(std::min({most, threads, std::max<std::uint64_t>(tasks.size(), 1)}));
}

}  // namespace

MadeLevel madeLevel(const PyramidJob& job, int level) {
  return {.how = job.how, .voxelType = job.voxelType, .factor = levelRatio(job.levels, 0, level)};
}

BlockPlanInput planInput(const PyramidJob& job) {
  return {.levels = job.levels,
          .firstWritten = job.firstWritten,
          .voxelType = job.voxelType,
          .how = job.how,
          .sourceChunk = job.sourceChunk,
          .sourceBegin = job.sourceBegin};
}

void runBlocks(SourceBoxReader& reader, std::span<const PyramidJob> jobs, std::span<const BlockTask> tasks,
               BlockSink& sink, const BlockRunOptions& options) {
  const int atOnce = blocksAtOnce(jobs, tasks, options);
  TaskBoard board(tasks, options);
  const auto work = [&] {
    BlockMaker maker(reader, jobs, sink, options, ceilDiv(std::max(options.threads, 1), atOnce));
    try {
      while (const std::optional<std::size_t> task = board.take()) {
        if (options.stop && *options.stop) throw Interrupted();
        const std::vector<EncodedChunk> chunks = maker.make(tasks[*task]);
        if (sink.order() == BlockSink::Order::asListed && !board.waitForTurn(*task)) return;
        sink.finish(jobs[tasks[*task].job], tasks[*task], chunks);
        board.setDone(*task);
      }
    } catch (...) {
      board.setFailed(std::current_exception());
    }
  };
  {
    std::vector<std::jthread> others;
    for (int t = 1; t < atOnce; ++t) others.emplace_back(work);
    work();
  }
  board.rethrowFailure();
}

std::span<const std::byte> cutChunk(std::span<const std::byte> voxels, const VoxelBox& box, std::size_t voxelBytes,
                                    const ivec3& chunkVoxels, const i64vec3& chunk) {
  thread_local KeptMemory memory;
  const i64vec3 begin = chunk * i64vec3(chunkVoxels);
  const VoxelBox whole{.begin = begin, .end = begin + i64vec3(chunkVoxels)};
  const VoxelBox part = intersect(whole, box);
  const std::span<std::byte> cut = memory.take(countOf(whole) * voxelBytes);
  if (part.size() != whole.size()) std::ranges::fill(cut, std::byte{0});
  forEachRow(part, box, whole, [&](std::size_t from, std::size_t to, std::size_t count) {
    std::memcpy(cut.data() + to * voxelBytes, voxels.data() + from * voxelBytes, count * voxelBytes);
  });
  return cut;
}

std::vector<i64vec3> chunksIn(const VoxelBox& box, const ivec3& chunkVoxels) {
  const i64vec3 first = box.begin / i64vec3(chunkVoxels);
  const i64vec3 end = ceilDiv(box.end, i64vec3(chunkVoxels));
  std::vector<i64vec3> chunks;
  for (std::int64_t z = first.z; z < end.z; ++z)
    for (std::int64_t y = first.y; y < end.y; ++y)
      for (std::int64_t x = first.x; x < end.x; ++x) chunks.emplace_back(x, y, z);
  return chunks;
}

}  // namespace volary
