#include "base/bytes.h"
#include "base/error.h"
#include "base/os/machine.h"
#include "bench/bench.h"
#include "bench/date_text.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace volary {

namespace {

using Json = nlohmann::ordered_json;

struct IoPathName {
  const char* key;
  const char* text;
};
constexpr std::array<IoPathName, kIoPaths.size()> kIoPathNames = {{{"library", "library, a call a chunk"},
                                                                   {"limit", "limit: read + decoders"},
                                                                   {"chunks", "Volary, decoded chunks"},
                                                                   {"bricks", "Volary, finished bricks"}}};

/// How many times as fast `path` is as `other`.
struct Ratio {
  const char* key;
  IoPath path;
  IoPath other;
};
constexpr std::array<Ratio, 4> kRatios = {{{"chunksToLibrary", IoPath::chunks, IoPath::library},
                                           {"bricksToLibrary", IoPath::bricks, IoPath::library},
                                           {"chunksToLimit", IoPath::chunks, IoPath::limit},
                                           {"bricksToLimit", IoPath::bricks, IoPath::limit}}};

/// Millions of bytes of decoded voxels a second.
double speed(const IoBenchReport& report, double seconds) {
  return static_cast<double>(report.voxelBytes) / 1e6 / seconds;
}

template <typename Vector>
std::string timesText(const Vector& v) {
  return fmt::format("{} x {} x {}", v.x, v.y, v.z);
}

Json runJson(const IoBenchReport& report, const IoBenchRun& run) {
  Json paths = Json::object();
  for (std::size_t i = 0; i < kIoPathNames.size(); ++i) {
    const PathTimes& times = run.times[i];
    paths[kIoPathNames[i].key] = {{"mbPerSecondBest", speed(report, times.best())},
                                  {"mbPerSecondMedian", speed(report, times.median())},
                                  {"seconds", times.seconds}};
  }
  Json best = Json::object();
  Json median = Json::object();
  for (const Ratio& ratio : kRatios) {
    best[ratio.key] = run.of(ratio.other).best() / run.of(ratio.path).best();
    median[ratio.key] = run.of(ratio.other).median() / run.of(ratio.path).median();
  }
  return {{"pageCache", run.cold ? "cold" : "warm"},
          {"threads", run.threads},
          {"paths", paths},
          {"ratiosOfBest", best},
          {"ratiosOfMedians", median}};
}

std::string runText(const IoBenchReport& report, const IoBenchRun& run) {
  const std::string condition =
      fmt::format("page cache {}, {} thread{}", run.cold ? "cold" : "warm", run.threads, run.threads == 1 ? "" : "s");
  std::string text = fmt::format("\n{:<29}{:>10}{:>10}\n", condition, "best MB/s", "median");
  for (std::size_t i = 0; i < kIoPathNames.size(); ++i)
    text += fmt::format("  {:<27}{:>10.0f}{:>10.0f}\n", kIoPathNames[i].text, speed(report, run.times[i].best()),
                        speed(report, run.times[i].median()));
  const auto factor = [&](IoPath path, IoPath other) { return run.of(other).best() / run.of(path).best(); };
  text += fmt::format("  chunks: {:.2f} x the library, {:.2f} of the limit; bricks: {:.2f} x, {:.2f}\n",
                      factor(IoPath::chunks, IoPath::library), factor(IoPath::chunks, IoPath::limit),
                      factor(IoPath::bricks, IoPath::library), factor(IoPath::bricks, IoPath::limit));
  return text;
}

}  // namespace

std::string makeIoBenchText(const Source& source, const IoBenchReport& report) {
  const Dataset& dataset = source.dataset();
  std::string text = fmt::format(
      "{}: setup {}, time point {}, level {}\n{} voxels of {}, {} chunks of {}, {}: {} stored, {} decoded; {} bricks\n"
      "{}: {}, {} cores, load {:.1f}, {}. MB/s = 10^6 bytes of decoded voxels a second.\n"
      "read for the bricks: {}, {:.2f} x what is stored\n",
      report.voxelFile, dataset.setups[static_cast<std::size_t>(report.image.setup)].id,
      dataset.timepoints[static_cast<std::size_t>(report.image.timepoint)], report.level,
      timesText(report.info.sizeVoxels), voxelTypeName(report.voxelType), report.chunks,
      timesText(report.info.chunkVoxels), report.info.codec, formatBytes(report.bytesStored),
      formatBytes(report.voxelBytes), report.bricks, os::hostName(), os::findCpuName(), os::coreCount(),
      os::loadAverage(), dateText(), formatBytes(report.loaderBytesRead),
      static_cast<double>(report.loaderBytesRead) /
          static_cast<double>(std::max<std::uint64_t>(1, report.bytesStored)));
  for (const IoBenchRun& run : report.runs) text += runText(report, run);
  if (!report.coldNote.empty()) text += fmt::format("\npage cache cold: not measured, {}\n", report.coldNote);
  return text;
}

std::string makeIoBenchJson(const Source& source, const IoBenchReport& report) {
  const Dataset& dataset = source.dataset();
  const auto vectorJson = [](const auto& v) { return Json::array({v.x, v.y, v.z}); };
  Json runs = Json::array();
  for (const IoBenchRun& run : report.runs) runs.push_back(runJson(report, run));
  const Json made = {
      {"file", report.voxelFile},
      {"setup", dataset.setups[static_cast<std::size_t>(report.image.setup)].id},
      {"timepoint", dataset.timepoints[static_cast<std::size_t>(report.image.timepoint)]},
      {"level", report.level},
      {"voxelType", voxelTypeName(report.voxelType)},
      {"size", vectorJson(report.info.sizeVoxels)},
      {"chunk", vectorJson(report.info.chunkVoxels)},
      {"codec", report.info.codec},
      {"chunks", report.chunks},
      {"bricks", report.bricks},
      {"bytesStored", report.bytesStored},
      {"bytesDecoded", report.voxelBytes},
      {"bytesReadForBricks", report.loaderBytesRead},
      {"date", dateText()},
      {"machine",
       {{"name", os::hostName()}, {"cpu", os::findCpuName()}, {"cores", os::coreCount()}, {"load", os::loadAverage()}}},
      {"runs", runs},
      {"coldNote", report.coldNote.empty() ? Json(nullptr) : Json(report.coldNote)}};
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace volary
