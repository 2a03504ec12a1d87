#include "base/error.h"
#include "base/parallel.h"
#include "export/bdv_hdf5_file.h"
#include "export/bdv_xml.h"
#include "export/chunk_encoder.h"
#include "export/convert_writer.h"
#include "pyramid/digest.h"
#include "storage/atomic_file.h"

#include <algorithm>
#include <cstring>
#include <set>

namespace volary {
namespace {

namespace fs = std::filesystem;

std::string blockName(const BlockTask& task) { return fmt::format("{}-{}-{}", task.job, task.stage, task.block); }

// Stores the blocks of some images in one .h5, and notes for each block where its chunks lie.
class BdvFileSink final : public BlockSink {
 public:
  BdvFileSink(BdvHdf5File& file, const ConvertContext& context) : file_(file), context_(context) {}

  // One at a time, because HDF5's library has one lock; in the listed order, so that the same bytes come out each time.
  Order order() const override { return Order::asListed; }

  std::vector<EncodedChunk> take(const PyramidJob& job, int level, const VoxelBox& box,
                                 std::span<const std::byte> voxels, int threads) override {
    const ivec3 shape = job.levels[static_cast<std::size_t>(level)].chunkVoxels;
    const std::vector<i64vec3> chunks = chunksIn(box, shape);
    std::vector<EncodedChunk> encoded(chunks.size());
    parallelFor(chunks.size(), threads, [&](std::size_t i) {
      const std::span<const std::byte> cut = cutChunk(voxels, box, voxelBytes(job.voxelType), shape, chunks[i]);
      EncodedBdvChunk chunk = encodeBdvChunk(job.voxelType, cut, context_.options.deflateLevel);
      encoded[i] = {level, chunks[i], std::move(chunk.bytes), chunk.filterMask};
    });
    return encoded;
  }

  void finish(const PyramidJob& job, const BlockTask& task, std::span<const EncodedChunk> chunks) override {
    beginImageOf(job);
    std::vector<StoredChunk> stored;
    for (const EncodedChunk& chunk : chunks)
      stored.push_back(
          file_.writeChunk(static_cast<std::size_t>(chunk.level), chunk.chunk, chunk.bytes, chunk.filterMask));
    context_.folder.markDone(blockName(task), std::as_bytes(std::span(stored)));
  }

  /// Stores again those of these blocks that an earlier run has stored, in their order; returns how many.
  std::size_t repeat(std::span<const BlockTask> tasks) {
    std::size_t count = 0;
    for (; count < tasks.size() && context_.folder.isDone(blockName(tasks[count])); ++count) repeatBlock(tasks[count]);
    return count;
  }

 private:
  void beginImageOf(const PyramidJob& job) {
    const Dataset& dataset = context_.plan.dataset;
    if (current_ != &job)
      file_.beginImage(dataset.timepoints[static_cast<std::size_t>(job.target.timepoint)],
                       dataset.setups[static_cast<std::size_t>(job.target.setup)].id, job.voxelType, job.levels);
    current_ = &job;
  }

  void repeatBlock(const BlockTask& task) {
    const PyramidJob& job = context_.plan.jobs[task.job];
    const BlockStage& stage = job.stages[task.stage];
    const std::vector<std::byte> note = context_.folder.readNote(blockName(task));
    std::vector<StoredChunk> stored(note.size() / sizeof(StoredChunk));
    std::memcpy(stored.data(), note.data(), stored.size() * sizeof(StoredChunk));
    beginImageOf(job);
    auto next = stored.begin();
    for (int level = stage.firstLevel; level <= stage.lastLevel; ++level) {
      const auto index = static_cast<std::size_t>(level);
      for (const i64vec3& chunk :
           chunksIn(blockBox(job.levels, stage, task.block, level), job.levels[index].chunkVoxels))
        file_.repeatChunk(index, chunk, next != stored.end() ? *next++ : StoredChunk{});
    }
  }

  BdvHdf5File& file_;
  const ConvertContext& context_;
  const PyramidJob* current_ = nullptr;
};

class BdvConvertWriter final : public ConvertWriter {
 public:
  explicit BdvConvertWriter(const ConvertContext& context) : context_(context), stem_(context.out.stem().string()) {
    const auto& jobs = context_.plan.jobs;
    const BdvPartitioning how = context_.options.partitioning;
    for (std::size_t i = 0; i < jobs.size(); ++i) {
      const bool bySetup = how == BdvPartitioning::setup || how == BdvPartitioning::both;
      const bool byTime = how == BdvPartitioning::timepoint || how == BdvPartitioning::both;
      const int setup = bySetup ? jobs[i].target.setup : 0;
      const int timepoint = byTime ? jobs[i].target.timepoint : 0;
      auto part =
          std::ranges::find_if(parts_, [&](const Part& p) { return p.setup == setup && p.timepoint == timepoint; });
      if (part == parts_.end()) {
        const std::string name =
            how == BdvPartitioning::none ? stem_ + ".h5" : fmt::format("{}-{:02}-{:02}.h5", stem_, timepoint, setup);
        part = parts_.insert(parts_.end(), {setup, timepoint, name, {}});
      }
      part->jobs.push_back(i);
    }
  }

  void makeShare() override {
    const ConvertWorker worker = context_.worker();
    for (std::size_t i = 0; i < parts_.size(); ++i)
      if (static_cast<int>(i % static_cast<std::size_t>(worker.count)) == worker.index && !isDone(parts_[i]))
        makePart(parts_[i]);
  }

  bool allSharesDone() const override {
    return std::ranges::all_of(parts_, [&](const Part& part) { return isDone(part); });
  }

  std::uint64_t doneBytes() const override {
    std::uint64_t bytes = 0;
    for (const Part& part : parts_) {
      const bool whole = isDone(part);
      // Blocks are stored in their order: after the first one that is not stored, none is.
      forEachTask(part, [&](const BlockTask& task) {
        if (!whole && !context_.folder.isDone(blockName(task))) return false;
        if (task.stage == 0) bytes += levelZeroBytes(context_.plan.jobs[task.job], task.block);
        return true;
      });
    }
    return bytes;
  }

  void finish() override {
    if (partitioned()) writeMaster();
    writeWhole(context_.folder.data() / mainName(), makeBdvXml(context_.plan.dataset, fullSizes(), xmlFiles()));
  }

  std::vector<std::string> names() const override {
    std::vector<std::string> names;
    for (const Part& part : parts_) names.push_back(part.file);
    if (partitioned()) names.push_back(stem_ + ".h5");
    names.push_back(mainName());
    return names;
  }

  std::string mainName() const override { return stem_ + ".xml"; }

 private:
  /// The images of one .h5 that holds voxels.
  struct Part {
    int setup = 0;      // index
    int timepoint = 0;  // index
    std::string file;
    std::vector<std::size_t> jobs;
  };

  bool partitioned() const { return context_.options.partitioning != BdvPartitioning::none; }
  // A part is marked when it is whole, in data/ or, if a run was killed while it moved the parts, in its final place.
  bool isDone(const Part& part) const { return context_.folder.isDone(part.file); }

  // Calls `visit` for the blocks of a part in the order in which they are stored, until it returns false.
  template <typename Visit>
  void forEachTask(const Part& part, Visit&& visit) const {
    for (const std::size_t job : part.jobs)
      for (std::size_t stage = 0; stage < context_.plan.jobs[job].stages.size(); ++stage)
        for (std::int64_t block = 0; block < context_.plan.jobs[job].stages[stage].blockCount(); ++block)
          if (!visit(BlockTask{job, stage, block})) return;
  }

  void makePart(const Part& part) {
    const fs::path path = context_.folder.data() / part.file;
    BdvHdf5File file(path, context_.options.deflateLevel);
    // A run that was killed just then has given the part its name, but no mark.
    if (!fs::exists(path)) {
      writeTables(file, part.jobs);
      std::vector<BlockTask> tasks;
      forEachTask(part, [&](const BlockTask& task) {
        tasks.push_back(task);
        return true;
      });
      BdvFileSink sink(file, context_);
      const std::size_t repeated = sink.repeat(tasks);
      runBlocks(context_.reader, context_.plan.jobs, std::span(tasks).subspan(repeated), sink, context_.run);
      file.commit();
    }
    context_.folder.markDone(part.file);
  }

  // The tables of the setups of these images.
  void writeTables(BdvHdf5File& file, const std::vector<std::size_t>& jobs) const {
    std::set<std::int32_t> written;
    for (const std::size_t index : jobs) {
      const PyramidJob& job = context_.plan.jobs[index];
      if (written.insert(job.target.setup).second)
        file.writeSetup(context_.plan.dataset.setups[static_cast<std::size_t>(job.target.setup)].id, job.voxelType,
                        job.levels);
    }
  }

  void writeMaster() const {
    const ConvertPlan& plan = context_.plan;
    BdvHdf5File file(context_.folder.data() / (stem_ + ".h5"), context_.options.deflateLevel);
    std::vector<std::size_t> all;
    for (std::size_t i = 0; i < plan.jobs.size(); ++i) all.push_back(i);
    writeTables(file, all);
    for (const Part& part : parts_)
      for (const std::size_t index : part.jobs) {
        const PyramidJob& job = plan.jobs[index];
        file.linkImage(plan.dataset.timepoints[static_cast<std::size_t>(job.target.timepoint)],
                       plan.dataset.setups[static_cast<std::size_t>(job.target.setup)].id, job.levels.size(),
                       part.file);
      }
    file.commit();
  }

  std::vector<i64vec3> fullSizes() const {
    std::vector<i64vec3> sizes(context_.plan.dataset.setups.size(), i64vec3(1));
    for (auto job = context_.plan.jobs.rbegin(); job != context_.plan.jobs.rend(); ++job)
      sizes[static_cast<std::size_t>(job->target.setup)] = job->levels[0].sizeVoxels;
    return sizes;
  }

  BdvXmlFiles xmlFiles() const {
    const Dataset& dataset = context_.plan.dataset;
    BdvXmlFiles files{.hdf5Name = stem_ + ".h5",
                      .comment = " volary convert " + digestOf(context_.plan.description) + " "};
    if (!partitioned()) return files;
    for (const Part& part : parts_) {
      std::set<int> setups, timepoints;
      for (const std::size_t job : part.jobs) {
        setups.insert(dataset.setups[static_cast<std::size_t>(context_.plan.jobs[job].target.setup)].id);
        timepoints.insert(dataset.timepoints[static_cast<std::size_t>(context_.plan.jobs[job].target.timepoint)]);
      }
      files.partitions.push_back({part.file, {timepoints.begin(), timepoints.end()}, {setups.begin(), setups.end()}});
    }
    return files;
  }

  const ConvertContext& context_;
  std::string stem_;
  std::vector<Part> parts_;
};

}  // namespace

std::unique_ptr<ConvertWriter> makeBdvConvertWriter(const ConvertContext& context) {
  return std::make_unique<BdvConvertWriter>(context);
}

}  // namespace volary
