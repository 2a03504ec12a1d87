#include "bench/bench_render.h"

#include "base/error.h"
#include "bench/bench.h"
#include "cache/page_table.h"
#include "formats/open.h"
#include "gpu/device.h"
#include "options/command_line.h"
#include "options/paging_options.h"
#include "pyramid/level_transform.h"
#include "render/dense_level.h"
#include "render/renderer.h"
#include "streaming/loader.h"
#include "streaming/value_distribution.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>

namespace volary {

namespace {

struct RenderBenchOptions {
  std::string file;
  ImageChoice image;
  int level = 0;
  std::string size = "512x512";
  std::string range;
  int passes = 20;
  bool json = false;
  PagingOptions paging;
};

/// In compositing the dark tenth of the range is transparent, as people set it to see into fluorescence at all.
TransferFunction benchTransfer() { return {{{0.1, {0.4, 0.4, 0.4, 0.0}}, {1.0, {1.0, 1.0, 1.0, 0.5}}}}; }

/// The pyramid from one level on, as if that were all of it.
ImagePyramid cutPyramid(const ImagePyramid& pyramid, int level) {
  ImagePyramid cut = pyramid;
  cut.levels.erase(cut.levels.begin(), cut.levels.begin() + level);
  return cut;
}

std::vector<BrickKey> levelBricks(ImageId image, const LevelInfo& info, int level) {
  const ivec3 grid = brickGrid(info);
  std::vector<BrickKey> keys;
  ivec3 b;
  for (b.z = 0; b.z < grid.z; ++b.z)
    for (b.y = 0; b.y < grid.y; ++b.y)
      for (b.x = 0; b.x < grid.x; ++b.x) keys.push_back({.image = image, .level = level, .brick = b});
  return keys;
}

/// One level on the GPU twice: as bricks with a page table, and as one texture.
class BenchVolume {
 public:
  BenchVolume(gpu::Device& device, gpu::FrameRing& frames, Source& source, ImageId image, int level, int threads)
      : frames_(frames),
        pyramid_(cutPyramid(source.pyramid(image), level)),
        keys_(levelBricks(image, pyramid_.levels[0], level)),
        format_(pageFormat(pyramid_.voxelType)),
        cache_(device, format_, slotBytes() * (keys_.size() + keys_.size() / 16 + 8)),
        dense_(device, format_, cache_.filtering(), pyramid_.levels[0].sizeVoxels),
        distribution_(pyramid_.voxelType) {
    if (cache_.slotCount() < keys_.size())
      fail("{}: level {} has {} bricks, and {} holds {} at once; measure a coarser --level", source.dataset().location,
           level, keys_.size(), device.name(), cache_.slotCount());
    load(source, threads);
    const PageTableImage tableImage{image, &pyramid_};
    gpu::Frame& frame = frames_.begin();
    cache_.setPageTable(frame, makePageTable({&tableImage, 1}, resident_));
    frames_.submit(frame);
    writeDense();
  }

  VolumeCache& cache() { return cache_; }
  const DenseLevel& dense() const { return dense_; }
  const ImagePyramid& pyramid() const { return pyramid_; }
  std::uint64_t bricks() const { return keys_.size(); }
  std::optional<ValueRange> contrastRange() const { return distribution_.contrastRange(); }

 private:
  std::uint64_t slotBytes() const { return std::uint64_t{kPaddedBrickVoxels} * pageVoxelBytes(format_); }

  void load(Source& source, int threads) {
    const ivec3 size = dense_.paddedSize();
    voxels_.resize(static_cast<std::size_t>(size.x) * size.y * size.z * pageVoxelBytes(format_));
    Loader loader(source, {.threads = threads});
    loader.replaceRequests(keys_);
    while (resident_.size() < keys_.size()) {
      loader.waitForFinished(std::chrono::milliseconds(100));
      const FrameVector<LoadedBrick> bricks = loader.takeFinished(256);
      std::vector<SlotUpload> uploads;
      for (const LoadedBrick& brick : bricks) {
        if (!brick.error.empty()) throw Error(brick.error);
        const auto slot = static_cast<std::uint32_t>(resident_.size());
        uploads.push_back({slot, brick.voxels, brick.cells});
        BrickKey key = brick.key;
        key.level = 0;
        resident_.push_back({key, slot});
        distribution_.add(brick.statistics, 1.0);
        copyToDense(brick);
      }
      gpu::Frame& frame = frames_.begin();
      cache_.upload(frame, uploads);
      frames_.submit(frame);
    }
  }

  // Copies borders, too: they are the same voxels as in neighbours.
  void copyToDense(const LoadedBrick& brick) {
    const std::size_t bytes = pageVoxelBytes(format_);
    const ivec3 size = dense_.paddedSize();
    const ivec3 begin = brick.key.brick * kBrickPayload;
    const ivec3 count = glm::min(ivec3(kPaddedBrick), size - begin);
    for (int z = 0; z < count.z; ++z)
      for (int y = 0; y < count.y; ++y) {
        const std::size_t to = (static_cast<std::size_t>(begin.z + z) * size.y + begin.y + y) * size.x + begin.x;
        const auto from = static_cast<std::size_t>((z * kPaddedBrick + y) * kPaddedBrick);
        std::memcpy(&voxels_[to * bytes], &brick.voxels[from * bytes], static_cast<std::size_t>(count.x) * bytes);
      }
  }

  void writeDense() {
    const ivec3 size = dense_.paddedSize();
    const std::size_t planeBytes = voxels_.size() / static_cast<std::size_t>(size.z);
    constexpr int kPlanes = 16;  // at a time: staging memory stays allocated
    for (int z = 0; z < size.z; z += kPlanes) {
      const auto planes = static_cast<std::size_t>(std::min(kPlanes, size.z - z));
      gpu::Frame& frame = frames_.begin();
      dense_.write(frame, z, std::span(voxels_).subspan(static_cast<std::size_t>(z) * planeBytes, planes * planeBytes));
      frames_.submit(frame);
    }
    voxels_ = {};
  }

  gpu::FrameRing& frames_;
  ImagePyramid pyramid_;
  std::vector<BrickKey> keys_;
  PageFormat format_;
  VolumeCache cache_;
  DenseLevel dense_;
  ValueDistribution distribution_;
  std::vector<ResidentBrick> resident_;
  std::vector<std::byte> voxels_;  // of the dense level, until it is on the GPU
};

/// Draws the frames and keeps the time.
class RenderBench {
 public:
  RenderBench(gpu::Device& device, gpu::FrameRing& frames, BenchVolume& volume, const DrawInput& input,
              const ivec2& sizePx)
      : device_(device), frames_(frames), volume_(volume), input_(input), renderer_(device), picture_(device, sizePx) {}

  RenderBenchRun run(RenderMode mode, int passes) {
    RenderBenchRun run{.mode = mode};
    // First once without measuring, which compiles the shaders; the pictures are compared.
    std::array<std::vector<std::uint8_t>, kRenderPaths.size()> pictures;
    for (const RenderPath path : kRenderPaths) {
      draw(mode, path, PixelMeaning::colour);
      pictures[static_cast<std::size_t>(path)] = picture_.readBack(device_);
      draw(mode, path, PixelMeaning::sampleCount);
      run.samples[static_cast<std::size_t>(path)] = countSamples();
    }
    if (pictures[1] != pictures[2]) fail("mode {}: the pictures with and without skipping differ", infoOf(mode).id);
    for (std::size_t i = 0; i < pictures[0].size(); i += 4) {
      const auto differs = [&](std::size_t c) {
        return std::abs(int{pictures[0][i + c]} - int{pictures[1][i + c]}) > 1;
      };
      run.differingPixels += differs(0) || differs(1) || differs(2);
    }

    // In turns, so that whatever else the machine does affects all ways alike.
    for (int pass = 0; pass < passes; ++pass)
      for (const RenderPath path : kRenderPaths) {
        const std::clock_t start = std::clock();
        run.ms[static_cast<std::size_t>(path)].push_back(draw(mode, path, PixelMeaning::colour));
        run.cpuMs[static_cast<std::size_t>(path)].push_back(1e3 * double(std::clock() - start) / CLOCKS_PER_SEC);
      }
    return run;
  }

 private:
  using Clock = std::chrono::steady_clock;

  /// Milliseconds from the submission until the picture is there.
  double draw(RenderMode mode, RenderPath path, PixelMeaning meaning) {
    DrawInput input = input_;
    input.mode = mode;
    input.meaning = meaning;
    input.skipping = path == RenderPath::skipping ? Skipping::on : Skipping::off;
    if (path == RenderPath::dense) {
      input.dense = &volume_.dense();
      input.pinnedLevel = 0;
    }
    gpu::Frame& frame = frames_.begin();
    renderer_.draw(frame, volume_.cache(), picture_, input);
    const Clock::time_point start = Clock::now();
    frames_.submit(frame);
    device_.waitIdle();
    return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
  }

  std::uint64_t countSamples() {
    const std::vector<std::uint8_t> bytes = picture_.readBack(device_);
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < bytes.size(); i += 4) sum += bytes[i] + 256u * bytes[i + 1] + 65536u * bytes[i + 2];
    return sum;
  }

  gpu::Device& device_;
  gpu::FrameRing& frames_;
  BenchVolume& volume_;
  DrawInput input_;
  Renderer renderer_;
  Picture picture_;
};

RenderBenchReport measureRender(const RenderBenchOptions& options) {
  const auto source = openSource(options.file);
  const Dataset& dataset = source->dataset();
  const ImageId image = findImage(dataset, options.image);
  const auto levels = static_cast<int>(source->pyramid(image).levels.size());
  if (options.level >= levels)
    fail("{}: there is no level {}; the levels are 0 to {}", options.file, options.level, levels - 1);
  const ivec2 sizePx = parseSize2("--size", options.size);

  gpu::Device device(makeDeviceSettings(options.paging));
  gpu::FrameRing frames(device);
  BenchVolume volume(device, frames, *source, image, options.level, options.paging.threads);
  View view = makeDefaultView(dataset, source->pyramid(image), image, sizePx);
  const dmat4 toWorld = worldFromVoxel(view, dataset, source->pyramid(image), image);
  const FrameVector<ViewRegion> regions = makeRegions(view, toWorld, sizePx);
  RenderBenchReport report{.file = options.file,
                           .device = device.name(),
                           .level = options.level,
                           .sizeVoxels = volume.pyramid().levels[0].sizeVoxels,
                           .voxelType = volume.pyramid().voxelType,
                           .sizePx = sizePx,
                           .bricks = volume.bricks()};
  report.range = !options.range.empty() ? parseRange(options.range)
                                        : volume.contrastRange().value_or(naturalRange(report.voxelType));

  view.range = report.range;
  view.pinnedLevel = options.level;
  view.transfer = benchTransfer();
  report.view = view;
  for (int axis = 0; axis < 3; ++axis) report.voxelSizeWorld[axis] = glm::length(toWorld[axis]);

  DrawInput input;
  input.regions = regions;
  input.worldFromVoxel = toWorld;
  input.pyramid = &volume.pyramid();
  input.valueFromTexel = valueFromTexel(report.voxelType);
  input.range = report.range;
  input.transfer = makeTransferTable(benchTransfer());
  RenderBench bench(device, frames, volume, input, sizePx);
  for (const RenderMode mode : kBenchModes) report.runs.push_back(bench.run(mode, options.passes));
  return report;
}

int runBenchRender(const RenderBenchOptions& options) {
  if (!options.range.empty()) parseRange(options.range);
  const RenderBenchReport report = measureRender(options);
  printOut(options.json ? makeRenderBenchJson(report) : makeRenderBenchText(report));
  return 0;
}

}  // namespace

void addBenchRender(CLI::App& bench, Command& chosen) {
  auto options = std::make_shared<RenderBenchOptions>();
  CLI::App* render = bench.add_subcommand("render", "The ray march: paged against dense, with and without skipping");
  render->add_option("FILE", options->file, fileHelp())->required();
  addImageChoice(*render, options->image);
  render->add_option("--level", options->level, "Level; all of it must fit the device twice")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  render->add_option("--size", options->size, "Picture size in pixels")->type_name("WxH")->capture_default_str();
  render->add_option("--range", options->range, "Contrast [0.1 % to 99.9 % of the level's voxels]")->type_name("LO,HI");
  render->add_option("--passes", options->passes, "Frames of each way")
      ->check(CLI::Range(1, 100000))
      ->capture_default_str();
  render->add_flag("--json", options->json, "One JSON object, for programs");
  addPagingOptions(*render, options->paging);
  render->footer(
      "One level of one image, all of it on the device, seen whole from a corner, one sample a voxel, in three ways:\n"
      "  dense            the level as one texture, as a renderer without paging has it; rays begin and end at its box\n"
      "  paged            through the page table, brick by brick\n"
      "  paged, skipping  as the viewer draws: samples that can't change the picture are skipped\n"
      "Modes: maximum, compositing with the dark tenth of the range transparent, isosurface at the middle of the range.\n"
      "The ways take turns, frame by frame. Before anything is timed the pictures are compared; with and without skipping\n"
      "they must be the same byte by byte.\n\n"
      "Example: volary bench render embryo.xml --setup 1 --passes 50");
  render->callback([options, &chosen] { chosen = [options] { return runBenchRender(*options); }; });
}

}  // namespace volary
