#include "bench/bench_fly.h"

#include "base/os/machine.h"
#include "base/quantile.h"
#include "bench/date_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace volary {

namespace {

using Json = nlohmann::ordered_json;

Json makeRunJson(const FlyRun& run) {
  return {{"flightMs",
           {{"p50", quantileOf(run.flightMs, 0.5)},
            {"p95", quantileOf(run.flightMs, 0.95)},
            {"p99", quantileOf(run.flightMs, 0.99)}}},
          {"msSettled", run.msSettled},
          {"framesWithHoles", run.holes},
          {"bytesRead", run.bytesRead},
          {"bytesDecoded", run.bytesDecoded},
          {"bytesUploaded", run.bytesUploaded},
          {"frames", run.flightMs}};
}

}  // namespace

double FlyReport::streamingRatio() const { return quantileOf(cold.flightMs, 0.99) / quantileOf(warm.flightMs, 0.99); }

std::string makeFlyText(const FlyReport& report) {
  std::string text = fmt::format(
      "{}: {} x {} x {} voxels, {} x {} pixels, mode {}, flight {}, {} frames\n{}: {}, {} cores, load {:.1f}, {}; drawn by {}\n",
      report.file, report.sizeVoxels.x, report.sizeVoxels.y, report.sizeVoxels.z, report.sizePx.x, report.sizePx.y,
      report.mode, report.flight, report.cold.flightMs.size(), os::hostName(), os::findCpuName(), os::coreCount(),
      os::loadAverage(), dateText(), report.device);
  if (!report.coldNote.empty()) text += fmt::format("not cold: {}\n", report.coldNote);
  text +=
      fmt::format("\nfirst picture after {:.0f} ms, converged after {:.0f} ms; whole picture in {:.1f} ms\n",
                  report.opening.msFirstPicture, report.opening.msConverged, quantileOf(report.opening.stillMs, 0.5));
  text += fmt::format("\n{:<24}{:>12}{:>12}\n", "", "cold", "warm");
  const auto row = [&](const char* what, const auto& valueOf) {
    text += fmt::format("{:<24}{:>12.1f}{:>12.1f}\n", what, double(valueOf(report.cold)), double(valueOf(report.warm)));
  };
  row("flight, p50 ms", [](const FlyRun& run) { return quantileOf(run.flightMs, 0.5); });
  row("flight, p95 ms", [](const FlyRun& run) { return quantileOf(run.flightMs, 0.95); });
  row("flight, p99 ms", [](const FlyRun& run) { return quantileOf(run.flightMs, 0.99); });
  row("settled, ms", [](const FlyRun& run) { return run.msSettled; });
  row("frames with holes", [](const FlyRun& run) { return run.holes; });
  row("read, MB", [](const FlyRun& run) { return double(run.bytesRead) / 1e6; });
  row("decoded, MB", [](const FlyRun& run) { return double(run.bytesDecoded) / 1e6; });
  row("uploaded, MB", [](const FlyRun& run) { return double(run.bytesUploaded) / 1e6; });
  text += fmt::format("\np99 while streaming / warm {:.2f}\n", report.streamingRatio());
  return text;
}

std::string makeFlyJson(const FlyReport& report) {
  const Json made = {
      {"file", report.file},
      {"device", report.device},
      {"flight", report.flight},
      {"mode", report.mode},
      {"size", {report.sizeVoxels.x, report.sizeVoxels.y, report.sizeVoxels.z}},
      {"sizePx", {report.sizePx.x, report.sizePx.y}},
      {"coldNote", report.coldNote},
      {"date", dateText()},
      {"machine",
       {{"name", os::hostName()}, {"cpu", os::findCpuName()}, {"cores", os::coreCount()}, {"load", os::loadAverage()}}},
      {"msFirstPicture", report.opening.msFirstPicture},
      {"msConverged", report.opening.msConverged},
      {"msWholePicture", quantileOf(report.opening.stillMs, 0.5)},
      {"cold", makeRunJson(report.cold)},
      {"warm", makeRunJson(report.warm)},
      {"p99StreamingOverWarm", report.streamingRatio()}};
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace volary
