#include "bench/bench_render.h"

#include "base/os/machine.h"
#include "base/quantile.h"
#include "bench/date_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace volary {

namespace {

using Json = nlohmann::ordered_json;

struct PathName {
  const char* key;
  const char* text;
};
constexpr std::array<PathName, kRenderPaths.size()> kPathNames = {
    {{"dense", "dense, one texture"}, {"paged", "paged"}, {"skipping", "paged, skipping"}}};

const PathName& nameOf(RenderPath path) { return kPathNames[static_cast<std::size_t>(path)]; }

}  // namespace

double RenderBenchRun::quantile(RenderPath path, double q) const {
  return quantileOf(ms[static_cast<std::size_t>(path)], q);
}

double RenderBenchRun::cpuMedian(RenderPath path) const {
  return quantileOf(cpuMs[static_cast<std::size_t>(path)], 0.5);
}

double RenderBenchRun::ratio(RenderPath path) const { return quantile(path, 0.5) / quantile(RenderPath::dense, 0.5); }

double RenderBenchRun::skipped() const {
  const auto of = [&](RenderPath path) { return static_cast<double>(samples[static_cast<std::size_t>(path)]); };
  return of(RenderPath::paged) > 0.0 ? 1.0 - of(RenderPath::skipping) / of(RenderPath::paged) : 0.0;
}

std::string makeRenderBenchText(const RenderBenchReport& report) {
  std::string text = fmt::format(
      "{}: level {}, {} x {} x {} voxels of {}, {} bricks; {} x {} pixels, range {:g} to {:g}\n{}: {}, {} cores, load {:.1f}, "
      "{}; drawn by {}\n",
      report.file, report.level, report.sizeVoxels.x, report.sizeVoxels.y, report.sizeVoxels.z,
      voxelTypeName(report.voxelType), report.bricks, report.sizePx.x, report.sizePx.y, report.range.min,
      report.range.max, os::hostName(), os::findCpuName(), os::coreCount(), os::loadAverage(), dateText(),
      report.device);
  for (const RenderBenchRun& run : report.runs) {
    text += fmt::format("\n{:<26}{:>9}{:>9}{:>9}{:>9}{:>9}{:>9}{:>14}\n", infoOf(run.mode).label, "p50 ms", "p95 ms",
                        "p99 ms", "/ dense", "core ms", "/ dense", "samples");
    for (const RenderPath path : kRenderPaths)
      text += fmt::format("    {:<22}{:>9.1f}{:>9.1f}{:>9.1f}{:>9.2f}{:>9.1f}{:>9.2f}{:>14}\n", nameOf(path).text,
                          run.quantile(path, 0.5), run.quantile(path, 0.95), run.quantile(path, 0.99), run.ratio(path),
                          run.cpuMedian(path), run.cpuMedian(path) / run.cpuMedian(RenderPath::dense),
                          run.samples[static_cast<std::size_t>(path)]);
    text +=
        fmt::format("    {:.1f} % of the samples skipped; {} pixels of paged and dense differ by more than 1 / 255\n",
                    100.0 * run.skipped(), run.differingPixels);
  }
  return text;
}

std::string makeRenderBenchJson(const RenderBenchReport& report) {
  Json runs = Json::array();
  for (const RenderBenchRun& run : report.runs) {
    Json paths = Json::object();
    for (const RenderPath path : kRenderPaths)
      paths[nameOf(path).key] = {{"msP50", run.quantile(path, 0.5)},
                                 {"msP95", run.quantile(path, 0.95)},
                                 {"msP99", run.quantile(path, 0.99)},
                                 {"ratioToDense", run.ratio(path)},
                                 {"coreMsP50", run.cpuMedian(path)},
                                 {"coreRatioToDense", run.cpuMedian(path) / run.cpuMedian(RenderPath::dense)},
                                 {"samples", run.samples[static_cast<std::size_t>(path)]},
                                 {"ms", run.ms[static_cast<std::size_t>(path)]}};
    runs.push_back({{"mode", infoOf(run.mode).id},
                    {"paths", paths},
                    {"skippedSamples", run.skipped()},
                    {"differingPixels", run.differingPixels}});
  }
  const auto numbers = [](const dvec3& v) { return Json{v.x, v.y, v.z}; };
  const Camera& camera = report.view.camera;
  Json views = Json::object();
  for (const RenderBenchRun& run : report.runs) {
    View view = report.view;
    view.mode = run.mode;
    views[std::string(infoOf(run.mode).id)] = Json::parse(writeViewJson(view));
  }
  const Json made = {
      {"file", report.file},
      {"device", report.device},
      {"level", report.level},
      {"voxelType", voxelTypeName(report.voxelType)},
      {"size", {report.sizeVoxels.x, report.sizeVoxels.y, report.sizeVoxels.z}},
      {"bricks", report.bricks},
      {"sizePx", {report.sizePx.x, report.sizePx.y}},
      {"range", {report.range.min, report.range.max}},
      {"date", dateText()},
      {"machine",
       {{"name", os::hostName()}, {"cpu", os::findCpuName()}, {"cores", os::coreCount()}, {"load", os::loadAverage()}}},
      {"voxelSizeWorld", numbers(report.voxelSizeWorld)},
      {"camera",
       {{"position", numbers(camera.position)},
        {"forward", numbers(camera.forward())},
        {"down", numbers(camera.down())},
        {"pivotDistance", camera.pivotDistance},
        {"fovYDegrees", glm::degrees(camera.fovYRadians)}}},
      {"views", views},
      {"runs", runs}};
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace volary
