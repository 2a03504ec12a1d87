#include "export/convert_verify.h"

#include "base/error.h"
#include "base/grid.h"
#include "formats/open.h"

#include <algorithm>
#include <cstring>

namespace volary {
namespace {

// Compares blocks with what a source holds.
class VerifySink final : public BlockSink {
 public:
  VerifySink(Source& written, std::vector<ImageId> images, std::span<const PyramidJob> jobs, std::uint64_t cacheBytes)
      : written_(written), reader_(written, cacheBytes), images_(std::move(images)), jobs_(jobs) {}

  Order order() const override { return Order::any; }

  std::vector<EncodedChunk> take(const PyramidJob& job, int level, const VoxelBox& box,
                                 std::span<const std::byte> voxels, int threads) override {
    const ImageId image = images_[static_cast<std::size_t>(&job - jobs_.data())];
    std::vector<std::byte> read(voxels.size());
    reader_.read(image, level, box, threads, read);
    // Bytes, not numbers: a NaN must come back as it was.
    if (std::memcmp(read.data(), voxels.data(), voxels.size()) != 0) complain(job, image, level, box, read, voxels);
    return {};
  }

  void finish(const PyramidJob&, const BlockTask&, std::span<const EncodedChunk>) override {}

 private:
  [[noreturn]] void complain(const PyramidJob& job, ImageId image, int level, const VoxelBox& box,
                             std::span<const std::byte> read, std::span<const std::byte> voxels) const {
    const std::size_t byte =
        static_cast<std::size_t>(std::mismatch(read.begin(), read.end(), voxels.begin()).first - read.begin());
    const auto index = static_cast<std::int64_t>(byte / voxelBytes(job.voxelType));
    const i64vec3 size = box.size();
    const i64vec3 at = box.begin + cellAt(size, index);
    const Dataset& dataset = written_.dataset();
    fail("{}: setup {}, time point {}, level {}: voxel {}, {}, {} is not what was to be written", dataset.location,
         dataset.setups[static_cast<std::size_t>(image.setup)].id,
         dataset.timepoints[static_cast<std::size_t>(image.timepoint)], level, at.x, at.y, at.z);
  }

  Source& written_;
  SourceBoxReader reader_;
  std::vector<ImageId> images_;
  std::span<const PyramidJob> jobs_;
};

// The image that a job has become; checks its levels.
ImageId findWritten(Source& written, const ConvertPlan& plan, const PyramidJob& job) {
  const int setup = plan.dataset.setups[static_cast<std::size_t>(job.target.setup)].id;
  const int timepoint = plan.dataset.timepoints[static_cast<std::size_t>(job.target.timepoint)];
  const Dataset& found = written.dataset();
  if (found.setups.size() != plan.dataset.setups.size() || found.timepoints.size() != plan.dataset.timepoints.size())
    fail("{}: it has {} setups and {} time points, not {} and {}", found.location, found.setups.size(),
         found.timepoints.size(), plan.dataset.setups.size(), plan.dataset.timepoints.size());
  // OME-Zarr counts channels and times; BigDataViewer keeps the ids, and their order.
  const ImageId image = job.target;
  const ImagePyramid& pyramid = written.pyramid(image);
  bool same = pyramid.voxelType == job.voxelType && pyramid.levels.size() == job.levels.size();
  for (std::size_t i = 0; same && i < job.levels.size(); ++i)
    same = pyramid.levels[i].sizeVoxels == job.levels[i].sizeVoxels && pyramid.levels[i].factor == job.levels[i].factor;
  if (!same)
    fail("{}: setup {}, time point {}: type or levels are not what was to be written", written.dataset().location,
         setup, timepoint);
  return image;
}

}  // namespace

void verifyConversion(const ConvertContext& context, const std::filesystem::path& main) {
  const std::vector<PyramidJob>& jobs = context.plan.jobs;
  const std::unique_ptr<Source> written = openSource(main.string());
  std::vector<ImageId> images;
  std::vector<BlockTask> tasks;
  for (std::size_t job = 0; job < jobs.size(); ++job) {
    images.push_back(findWritten(*written, context.plan, jobs[job]));
    for (std::size_t stage = 0; stage < jobs[job].stages.size(); ++stage)
      for (std::int64_t block = 0; block < jobs[job].stages[stage].blockCount(); ++block)
        tasks.push_back({job, stage, block});
  }
  VerifySink sink(*written, std::move(images), jobs, context.options.memoryBytes / 8);
  BlockRunOptions run = context.run;
  run.sumsFolder = context.folder.verifySums();
  runBlocks(context.reader, jobs, tasks, sink, run);
}

}  // namespace volary
