#include "base/error.h"
#include "base/grid.h"
#include "base/parallel.h"
#include "export/convert_writer.h"
#include "export/zarr_encoder.h"
#include "export/zarr_metadata.h"
#include "storage/random_file.h"

#include <algorithm>
#include <cerrno>

namespace volary {
namespace {

namespace fs = std::filesystem;

// Writes a file that nobody reads before its block is marked: in place, and again if a run was killed while writing it.
void writeFile(const fs::path& path, std::span<const std::byte> bytes) {
  int errorNumber = 0;
  try {
    RandomFile file = RandomFile::create(path, RandomFile::Existing::truncate);
    errorNumber = file.write(0, bytes);
    // A full disk may show only at close.
    if (const int atClose = file.close(); errorNumber == 0) errorNumber = atClose;
  } catch (const Error& error) {
    fail("{}: can't be written: {}", path.string(), error.what());
  }
  if (errorNumber != 0) fail("{}: can't be written: {}", path.string(), systemErrorText(errorNumber));
}

// Stores each chunk, or shard, as a file.
class ZarrSink final : public BlockSink {
 public:
  ZarrSink(const ConvertContext& context, const ZarrLayout& layout, fs::path root)
      : context_(context), layout_(layout), root_(std::move(root)) {}

  Order order() const override { return Order::any; }

  std::vector<EncodedChunk> take(const PyramidJob& job, int level, const VoxelBox& box,
                                 std::span<const std::byte> voxels, int threads) override {
    const auto index = static_cast<std::size_t>(level);
    const ivec3 shape = job.levels[index].chunkVoxels;
    const std::vector<i64vec3> chunks = chunksIn(box, shape);
    std::vector<EncodedChunk> encoded(chunks.size());
    if (job.innerChunks.empty()) {
      parallelFor(chunks.size(), threads, [&](std::size_t i) {
        encoded[i] = {level, chunks[i], encode(job, box, voxels, shape, chunks[i])};
      });
    } else {
      for (std::size_t i = 0; i < chunks.size(); ++i)
        encoded[i] = {level, chunks[i],
                      encodeShard(job, box, voxels, shape, job.innerChunks[index], chunks[i], threads)};
    }
    return encoded;
  }

  void finish(const PyramidJob& job, const BlockTask& task, std::span<const EncodedChunk> chunks) override {
    const ZarrPlace place = placeOf(layout_, job);
    std::string leading;
    for (const std::int64_t at : place.leading) leading += std::to_string(at) + "/";
    const char* const prefix = context_.options.omeZarrVersion == OmeZarrVersion::v04 ? "" : "c/";
    for (const EncodedChunk& chunk : chunks) {
      if (chunk.bytes.empty()) continue;
      const std::string key =
          fmt::format("{}/{}{}{}/{}/{}", chunk.level, prefix, leading, chunk.chunk.z, chunk.chunk.y, chunk.chunk.x);
      writeFile(root_ / place.image / key, chunk.bytes);
    }
    if (task.stage == 0) context_.folder.markDone(fmt::format("{}-{}", task.job, task.block));
  }

 private:
  // Empty if all voxels are zero: that is the fill value, and such a chunk is not stored.
  std::vector<std::byte> encode(const PyramidJob& job, const VoxelBox& box, std::span<const std::byte> voxels,
                                const ivec3& shape, const i64vec3& chunk) const {
    const std::span<const std::byte> cut = cutChunk(voxels, box, voxelBytes(job.voxelType), shape, chunk);
    if (isZero(cut)) return {};
    return encodeZarrChunk(context_.options.codec, job.voxelType, cut);
  }

  std::vector<std::byte> encodeShard(const PyramidJob& job, const VoxelBox& box, std::span<const std::byte> voxels,
                                     const ivec3& shard, const ivec3& shape, const i64vec3& at, int threads) const {
    const i64vec3 begin = at * i64vec3(shard / shape);
    const i64vec3 grid(shard / shape);
    std::vector<std::vector<std::byte>> chunks(static_cast<std::size_t>(grid.x * grid.y * grid.z));
    parallelFor(chunks.size(), threads, [&](std::size_t index) {
      const auto i = static_cast<std::int64_t>(index);
      chunks[index] = encode(job, box, voxels, shape, begin + cellAt(grid, i));
    });
    return makeShard(chunks);
  }

  const ConvertContext& context_;
  const ZarrLayout& layout_;
  fs::path root_;
};

class ZarrConvertWriter final : public ConvertWriter {
 public:
  explicit ZarrConvertWriter(const ConvertContext& context)
      : context_(context), layout_(makeZarrLayout(context.plan)), name_(context.out.filename().string()) {
    const auto& jobs = context_.plan.jobs;
    for (std::size_t job = 0; job < jobs.size(); ++job)
      for (std::int64_t block = 0; block < jobs[job].stages[0].blockCount(); ++block)
        blocks_.push_back({job, 0, block});
  }

  // A share's blocks lie side by side, so that chunks of the source that two blocks share are mostly decoded once.
  void makeShare() override {
    const ConvertWorker worker = context_.worker();
    const auto count = static_cast<std::size_t>(worker.count);
    const std::size_t begin = blocks_.size() * static_cast<std::size_t>(worker.index) / count;
    const std::size_t end = blocks_.size() * static_cast<std::size_t>(worker.index + 1) / count;
    std::vector<BlockTask> tasks;
    for (std::size_t i = begin; i < end; ++i)
      if (!isDone(blocks_[i])) tasks.push_back(blocks_[i]);
    ZarrSink sink(context_, layout_, root());
    runBlocks(context_.reader, context_.plan.jobs, tasks, sink, context_.run);
  }

  bool allSharesDone() const override {
    return std::ranges::all_of(blocks_, [&](const BlockTask& block) { return isDone(block); });
  }

  std::uint64_t doneBytes() const override {
    std::uint64_t bytes = 0;
    for (const BlockTask& task : blocks_)
      if (isDone(task)) bytes += levelZeroBytes(context_.plan.jobs[task.job], task.block);
    return bytes;
  }

  void finish() override {
    const auto& jobs = context_.plan.jobs;
    std::vector<BlockTask> tasks;
    for (std::size_t job = 0; job < jobs.size(); ++job)
      for (std::size_t stage = 1; stage < jobs[job].stages.size(); ++stage)
        for (std::int64_t block = 0; block < jobs[job].stages[stage].blockCount(); ++block)
          tasks.push_back({job, stage, block});
    ZarrSink sink(context_, layout_, root());
    runBlocks(context_.reader, jobs, tasks, sink, context_.run);
    for (const ZarrFile& file :
         makeZarrMetadata(context_.plan, layout_, context_.options, context_.out.stem().stem().string()))
      writeFile(root() / file.path, std::as_bytes(std::span(file.text)));
  }

  std::vector<std::string> names() const override { return {name_}; }
  std::string mainName() const override { return name_; }

 private:
  fs::path root() const { return context_.folder.data() / name_; }
  bool isDone(const BlockTask& task) const {
    return context_.folder.isDone(fmt::format("{}-{}", task.job, task.block));
  }

  const ConvertContext& context_;
  ZarrLayout layout_;
  std::string name_;
  std::vector<BlockTask> blocks_;  // of the first stage, of all images
};

}  // namespace

std::unique_ptr<ConvertWriter> makeZarrConvertWriter(const ConvertContext& context) {
  return std::make_unique<ZarrConvertWriter>(context);
}

}  // namespace volary
