#include "base/bytes.h"
#include "base/error.h"
#include "base/os/process_figures.h"
#include "bench/bench.h"
#include "bench/bench_apart.h"
#include "bench/scratch_folder.h"
#include "export/convert.h"
#include "formats/open.h"
#include "options/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <array>
#include <chrono>
#include <filesystem>

namespace volary {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct ConvertBenchOptions {
  std::string file;
  std::string folder = ".";
  std::uint64_t memoryMb = 1024;
  int threads = 0;
  int passes = 3;
  bool json = false;
  std::string part;  ///< the output, in a process of its own
};

struct Output {
  const char* key;
  const char* text;
  const char* name;  ///< of the file; its ending decides the format
};
constexpr std::array<Output, 2> kOutputs = {
    {{"bdv", "BigDataViewer, deflate 6", "bench.xml"}, {"omeZarr", "OME-Zarr 0.4, zstd", "bench.ome.zarr"}}};

/// What one conversion took, in a process of its own.
struct Conversion {
  double seconds = 0.0;
  double cpuSeconds = 0.0;       ///< of all cores
  std::uint64_t peakBytes = 0;   ///< resident, of the whole process
  std::uint64_t voxelBytes = 0;  ///< of level 0
  std::uint64_t bytesWritten = 0;
};

Conversion convertOnce(const ConvertBenchOptions& options, const std::filesystem::path& out) {
  const auto start = Clock::now();
  const auto source = openSource(options.file);
  const ConvertReport report =
      convertDataset(*source, out, {.memoryBytes = options.memoryMb << 20, .threads = options.threads});
  return {.seconds = std::chrono::duration<double>(Clock::now() - start).count(),
          .cpuSeconds = os::cpuSeconds(),
          .peakBytes = os::peakResidentBytes(),
          .voxelBytes = report.voxelBytes,
          .bytesWritten = report.bytesWritten};
}

Conversion convertApart(const ConvertBenchOptions& options, const Output& output) {
  const ScratchFolder folder(options.folder);
  return measureApart<Conversion>({"--part", (folder.path() / output.name).string()});
}

using Passes = std::vector<Conversion>;

PathTimes timesOf(const Passes& passes, double Conversion::*what) {
  PathTimes times;
  for (const Conversion& pass : passes) times.seconds.push_back(pass.*what);
  return times;
}

std::uint64_t mostMemory(const Passes& passes) {
  std::uint64_t most = 0;
  for (const Conversion& pass : passes) most = std::max(most, pass.peakBytes);
  return most;
}

double megabytesPerSecond(const Passes& passes) {
  return static_cast<double>(passes.front().voxelBytes) / 1e6 / timesOf(passes, &Conversion::seconds).best();
}

std::string makeText(const ConvertBenchOptions& options, const std::array<Passes, kOutputs.size()>& outputs) {
  std::string text = fmt::format("{}\n    {} of voxels in level 0; {} passes\n\n", options.file,
                                 formatBytes(outputs.front().front().voxelBytes), options.passes);
  text += fmt::format("    {:<26}{:>9}{:>10}{:>9}{:>9}{:>12}{:>12}\n", "", "best s", "median s", "CPU s", "MB/s",
                      "peak memory", "written");
  for (std::size_t i = 0; i < kOutputs.size(); ++i) {
    const PathTimes seconds = timesOf(outputs[i], &Conversion::seconds);
    text += fmt::format("    {:<26}{:>9.2f}{:>10.2f}{:>9.2f}{:>9.0f}{:>12}{:>12}\n", kOutputs[i].text, seconds.best(),
                        seconds.median(), timesOf(outputs[i], &Conversion::cpuSeconds).best(),
                        megabytesPerSecond(outputs[i]), formatBytes(mostMemory(outputs[i])),
                        formatBytes(outputs[i].front().bytesWritten));
  }
  return text;
}

std::string makeJson(const ConvertBenchOptions& options, const std::array<Passes, kOutputs.size()>& outputs) {
  Json made = {{"file", options.file}, {"memoryMb", options.memoryMb}, {"threads", options.threads}};
  for (std::size_t i = 0; i < kOutputs.size(); ++i) {
    const Passes& passes = outputs[i];
    made[kOutputs[i].key] = {{"seconds", timesOf(passes, &Conversion::seconds).seconds},
                             {"cpuSeconds", timesOf(passes, &Conversion::cpuSeconds).seconds},
                             {"mbPerSecondBest", megabytesPerSecond(passes)},
                             {"peakBytes", mostMemory(passes)},
                             {"voxelBytes", passes.front().voxelBytes},
                             {"bytesWritten", passes.front().bytesWritten}};
  }
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int runBenchConvert(const ConvertBenchOptions& options) {
  if (!options.part.empty()) return answerApart<Conversion>([&] { return convertOnce(options, options.part); });
  std::array<Passes, kOutputs.size()> outputs;
  for (int pass = 0; pass < options.passes; ++pass)
    for (std::size_t i = 0; i < kOutputs.size(); ++i) outputs[i].push_back(convertApart(options, kOutputs[i]));
  printOut(options.json ? makeJson(options, outputs) : makeText(options, outputs));
  return 0;
}

}  // namespace

void addBenchConvert(CLI::App& bench, Command& chosen) {
  auto options = std::make_shared<ConvertBenchOptions>();
  CLI::App* convert = bench.add_subcommand("convert", "Conversion to BigDataViewer and to OME-Zarr");
  convert->add_option("FILE", options->file, fileHelp())->required();
  convert->add_option("--folder", options->folder, "Where the outputs are written; they are removed at once")
      ->capture_default_str();
  convert->add_option("--memory-mb", options->memoryMb, "Memory for blocks, as volary convert takes it")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 30))
      ->capture_default_str();
  convert->add_option("--threads", options->threads, "Threads; 0 = one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  convert->add_option("--passes", options->passes, "Conversions to each format, in turns")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  convert->add_flag("--json", options->json, "One JSON object, for programs");
  addPartOption(*convert, options->part);
  convert->footer(
      "Each conversion runs in a process of its own, with the defaults of volary convert. Opening the file is part of it.\n"
      "CPU are seconds of all cores; a busy machine changes them less. tests/bench/bench_convert.py compares the same\n"
      "conversions with h5py and zarr-python.\n\n"
      "Example: volary bench convert embryo.xml --folder /scratch");
  convert->callback([options, &chosen] { chosen = [options] { return runBenchConvert(*options); }; });
}

}  // namespace volary
