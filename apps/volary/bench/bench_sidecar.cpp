#include "base/bytes.h"
#include "base/error.h"
#include "base/grid.h"
#include "base/os/process_figures.h"
#include "base/parallel.h"
#include "bench/bench.h"
#include "bench/bench_apart.h"
#include "bench/scratch_folder.h"
#include "formats/open.h"
#include "options/command_line.h"
#include "sidecar/sidecar_source.h"
#include "streaming/chunk_cache.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <thread>

namespace volary {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct SidecarBenchOptions {
  std::string file;
  ImageChoice image;
  std::string folder = ".";
  int threads = 0;
  int passes = 3;
  bool json = false;
  std::string part;     ///< what is measured in a process of its own: "build", "decode" or "again"
  std::string scratch;  ///< where that process keeps the levels
};

/// The cost of reading and decoding all chunks of the file's coarsest level once.
struct Decoding {
  double seconds = 0.0;
  double cpuSeconds = 0.0;  ///< of all cores
};

/// One pass, each part in a process of its own.
struct SidecarPass {
  double decodeSeconds = 0.0;
  double decodeCpuSeconds = 0.0;
  double previewSeconds = 0.0;  ///< until the preview can be drawn
  double buildSeconds = 0.0;    ///< until the levels are whole
  double buildCpuSeconds = 0.0;
  double againSeconds = 0.0;  ///< from opening it the second time until the levels are there
  std::uint64_t voxelBytes = 0;
  std::uint64_t levelBytes = 0;  ///< of the sidecar
  std::uint64_t peakBytes = 0;   ///< resident, of the process that builds
};

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

Decoding measureDecoding(const SidecarBenchOptions& options) {
  const auto start = Clock::now();
  const auto source = openSource(options.file);
  const ImageId image = findImage(source->dataset(), options.image);
  const ImagePyramid& pyramid = source->pyramid(image);
  const auto level = static_cast<int>(pyramid.levels.size()) - 1;
  const LevelInfo& info = pyramid.levels.back();
  const i64vec3 grid = ceilDiv(info.sizeVoxels, i64vec3(info.chunkVoxels));
  parallelFor(static_cast<std::size_t>(grid.x * grid.y * grid.z), threadsOrCores(options.threads),
              [&](std::size_t index) {
                thread_local DecodeScratch scratch;
                thread_local std::vector<std::byte> voxels;
                voxels.resize(decodedChunkBytes(info, pyramid.voxelType));
                const auto i = static_cast<std::int64_t>(index);
                const ChunkKey key{image, level, cellAt(grid, i)};
                if (const RawChunk raw = source->readChunk(key); raw.stored)
                  source->decodeChunk(key, raw, voxels, scratch);
              });
  return {.seconds = secondsSince(start), .cpuSeconds = os::cpuSeconds()};
}

SidecarSettings settingsOf(const SidecarBenchOptions& options, const std::filesystem::path& root) {
  return {.root = root, .threads = options.threads, .niceness = 0};
}

void checkReady(const SidecarBenchOptions& options, const SidecarStatus& status) {
  if (status.state == SidecarStatus::State::none)
    fail("{}: the image has a small level, and gets no others", options.file);
  if (status.state != SidecarStatus::State::ready) throw Error(status.problem);
}

void measureBuild(const SidecarBenchOptions& options, const std::filesystem::path& root, SidecarPass& pass) {
  const auto start = Clock::now();
  SidecarSource source(openSource(options.file), settingsOf(options, root));
  const ImageId image = findImage(source.dataset(), options.image);
  const ImagePyramid& pyramid = source.pyramid(image);
  const ChunkKey preview{.image = image, .level = static_cast<int>(pyramid.levels.size()) - 1};
  while (!source.isMade(preview) && source.status(image).state != SidecarStatus::State::failed)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  pass.previewSeconds = secondsSince(start);
  checkReady(options, source.waitFor(image));
  pass.buildSeconds = secondsSince(start);
  const ImagePyramid& whole = source.pyramid(image);
  const auto first = static_cast<int>(openSource(options.file)->pyramid(image).levels.size());
  for (int level = first; level < static_cast<int>(whole.levels.size()); ++level)
    pass.levelBytes += source.countBytesStored(image, level);
  const i64vec3 size = whole.levels[static_cast<std::size_t>(first) - 1].sizeVoxels;
  pass.voxelBytes = static_cast<std::uint64_t>(size.x * size.y * size.z) * voxelBytes(whole.voxelType);
  pass.buildCpuSeconds = os::cpuSeconds();
  pass.peakBytes = os::peakResidentBytes();
}

double measureAgain(const SidecarBenchOptions& options, const std::filesystem::path& root) {
  const auto start = Clock::now();
  SidecarSource source(openSource(options.file), settingsOf(options, root));
  checkReady(options, source.waitFor(findImage(source.dataset(), options.image)));
  return secondsSince(start);
}

int measurePart(const SidecarBenchOptions& options) {
  if (options.part == "decode") return answerApart<Decoding>([&] { return measureDecoding(options); });
  if (options.part == "again") return answerApart<double>([&] { return measureAgain(options, options.scratch); });
  return answerApart<SidecarPass>([&] {
    SidecarPass built;
    measureBuild(options, options.scratch, built);
    return built;
  });
}

SidecarPass measurePass(const SidecarBenchOptions& options) {
  const ScratchFolder folder(options.folder);
  const std::string scratch = folder.path().string();
  auto pass = measureApart<SidecarPass>({"--part", "build", "--scratch", scratch});
  const auto decoding = measureApart<Decoding>({"--part", "decode"});
  pass.decodeSeconds = decoding.seconds;
  pass.decodeCpuSeconds = decoding.cpuSeconds;
  pass.againSeconds = measureApart<double>({"--part", "again", "--scratch", scratch});
  return pass;
}

using Passes = std::vector<SidecarPass>;

PathTimes timesOf(const Passes& passes, double SidecarPass::*what) {
  PathTimes times;
  for (const SidecarPass& pass : passes) times.seconds.push_back(pass.*what);
  return times;
}

double buildToDecode(const Passes& passes) {
  return timesOf(passes, &SidecarPass::buildSeconds).best() / timesOf(passes, &SidecarPass::decodeSeconds).best();
}

double buildToDecodeCpu(const Passes& passes) {
  return timesOf(passes, &SidecarPass::buildCpuSeconds).best() / timesOf(passes, &SidecarPass::decodeCpuSeconds).best();
}

std::uint64_t mostMemory(const Passes& passes) {
  std::uint64_t most = 0;
  for (const SidecarPass& pass : passes) most = std::max(most, pass.peakBytes);
  return most;
}

std::string makeText(const SidecarBenchOptions& options, const Passes& passes) {
  const auto row = [&](const char* what, double SidecarPass::*seconds) {
    const PathTimes times = timesOf(passes, seconds);
    return fmt::format("    {:<34}{:>10.3f}{:>10.3f}\n", what, times.best(), times.median());
  };
  std::string text = fmt::format("{}\n    {} of voxels, {} of coarser levels; {} threads, {} passes\n\n", options.file,
                                 formatBytes(passes.front().voxelBytes), formatBytes(passes.front().levelBytes),
                                 threadsOrCores(options.threads), options.passes);
  text += fmt::format("    {:<34}{:>10}{:>10}\n", "", "best s", "median s");
  text += row("read and decode the file once", &SidecarPass::decodeSeconds);
  text += row("build: until the preview", &SidecarPass::previewSeconds);
  text += row("build: until the levels are whole", &SidecarPass::buildSeconds);
  text += row("open it again", &SidecarPass::againSeconds);
  text += row("decode, seconds of all cores", &SidecarPass::decodeCpuSeconds);
  text += row("build, seconds of all cores", &SidecarPass::buildCpuSeconds);
  return text + fmt::format("\n    build / decode {:.2f}, of all cores {:.2f}; peak memory {}\n", buildToDecode(passes),
                            buildToDecodeCpu(passes), formatBytes(mostMemory(passes)));
}

std::string makeJson(const SidecarBenchOptions& options, const Passes& passes) {
  const auto times = [&](double SidecarPass::*seconds) -> Json {
    const PathTimes path = timesOf(passes, seconds);
    return {{"bestSeconds", path.best()}, {"medianSeconds", path.median()}, {"seconds", path.seconds}};
  };
  const Json made = {{"file", options.file},
                     {"threads", threadsOrCores(options.threads)},
                     {"voxelBytes", passes.front().voxelBytes},
                     {"levelBytes", passes.front().levelBytes},
                     {"decode", times(&SidecarPass::decodeSeconds)},
                     {"preview", times(&SidecarPass::previewSeconds)},
                     {"build", times(&SidecarPass::buildSeconds)},
                     {"again", times(&SidecarPass::againSeconds)},
                     {"decodeCpu", times(&SidecarPass::decodeCpuSeconds)},
                     {"buildCpu", times(&SidecarPass::buildCpuSeconds)},
                     {"buildToDecode", buildToDecode(passes)},
                     {"buildToDecodeCpu", buildToDecodeCpu(passes)},
                     {"peakBytes", mostMemory(passes)}};
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int runBenchSidecar(const SidecarBenchOptions& options) {
  if (!options.part.empty()) return measurePart(options);
  Passes passes;
  for (int pass = 0; pass < options.passes; ++pass) passes.push_back(measurePass(options));
  printOut(options.json ? makeJson(options, passes) : makeText(options, passes));
  return 0;
}

}  // namespace

void addBenchSidecar(CLI::App& bench, Command& chosen) {
  auto options = std::make_shared<SidecarBenchOptions>();
  CLI::App* sidecar =
      bench.add_subcommand("sidecar", "Coarser levels for a file that has none: building them, and opening it again");
  sidecar->add_option("FILE", options->file, fileHelp())->required();
  addImageChoice(*sidecar, options->image);
  sidecar->add_option("--folder", options->folder, "Where the levels are written, and removed again")
      ->capture_default_str();
  sidecar->add_option("--threads", options->threads, "Threads that build and decode; 0 = one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  sidecar->add_option("--passes", options->passes, "Passes; the best and the median are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  sidecar->add_flag("--json", options->json, "One JSON object, for programs");
  addPartOption(*sidecar, options->part);
  sidecar->add_option("--scratch", options->scratch)->group("");
  sidecar->footer(
      "Each pass has three parts, each in a process of its own, with the same threads and the same priority. It builds the\n"
      "levels; reads and decodes all chunks of the file once, which is the least that building can cost; and opens the file\n"
      "once more with the levels. A busy machine changes the seconds of all cores less than those of the clock.\n\n"
      "Example: volary bench sidecar stack.tif --folder /tmp");
  sidecar->callback([options, &chosen] { chosen = [options] { return runBenchSidecar(*options); }; });
}

}  // namespace volary
