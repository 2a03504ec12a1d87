#include "bench/bench.h"
#include "bench/bench_apart.h"
#include "options/command_line.h"
#include "options/paging_options.h"
#include "viewer/viewer.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace volary {

namespace {

using Json = nlohmann::ordered_json;

struct WindowBenchOptions {
  std::string file;
  std::string size = "1280x800";
  PagingOptions paging;
  int passes = 5;
  bool json = false;
  std::string part;  ///< "window" or "picture", in a process of its own
};

struct WindowReport {
  PathTimes window;
  PathTimes picture;
  double ratioOfMedians() const { return picture.median() / window.median(); }
};

int measurePart(const WindowBenchOptions& options) {
  ViewerOptions viewer;
  viewer.location = options.file;
  viewer.engine = makeEngineSettings(options.paging);
  viewer.device = options.paging.device;
  viewer.validation = wantsValidation(options.paging);
  viewer.windowSize = parseSize2("--size", options.size);
  return answerApart<double>(
      [&] { return options.part == "window" ? timeEmptyWindow(viewer) : timeFirstPicture(viewer); });
}

WindowReport measureWindows(const WindowBenchOptions& options) {
  static_cast<void>(parseSize2("--size", options.size));  // so a wrong one is reported once, here
  WindowReport report;
  for (int pass = 0; pass < options.passes; ++pass) {
    // A process of its own loads the driver, like a program that was just started.
    report.window.seconds.push_back(measureApart<double>({"--part", "window"}));
    report.picture.seconds.push_back(measureApart<double>({"--part", "picture"}));
  }
  return report;
}

std::string makeText(const WindowBenchOptions& options, const WindowReport& report) {
  const auto row = [](const char* what, const PathTimes& times) {
    return fmt::format("    {:<22}{:>10.1f}{:>10.1f}\n", what, times.best() * 1e3, times.median() * 1e3);
  };
  std::string text = fmt::format("{}\n    window of {}, {} passes\n\n", options.file, options.size, options.passes);
  text += fmt::format("    {:<22}{:>10}{:>10}\n", "", "best ms", "median ms");
  text += row("empty window", report.window) + row("first picture", report.picture);
  text += fmt::format("\n    first picture / empty window {:.2f} (medians)\n", report.ratioOfMedians());
  return text;
}

std::string makeJson(const WindowBenchOptions& options, const WindowReport& report) {
  const auto times = [](const PathTimes& path) -> Json {
    return {{"bestSeconds", path.best()}, {"medianSeconds", path.median()}, {"seconds", path.seconds}};
  };
  const Json made = {{"file", options.file},
                     {"size", options.size},
                     {"emptyWindow", times(report.window)},
                     {"firstPicture", times(report.picture)},
                     {"ratioOfMedians", report.ratioOfMedians()}};
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int runBenchWindow(const WindowBenchOptions& options) {
  if (!options.part.empty()) return measurePart(options);
  const WindowReport report = measureWindows(options);
  printOut(options.json ? makeJson(options, report) : makeText(options, report));
  return 0;
}

}  // namespace

void addBenchWindow(CLI::App& bench, Command& chosen) {
  auto options = std::make_shared<WindowBenchOptions>();
  CLI::App* window = bench.add_subcommand("window", "The wait for a window, empty and with a file's first picture");
  window->add_option("FILE", options->file, fileHelp())->required();
  window->add_option("--size", options->size, "Window size")->type_name("WxH")->capture_default_str();
  window->add_option("--passes", options->passes, "How often both are opened; the best and the median are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  window->add_flag("--json", options->json, "One JSON object, for programs");
  addPartOption(*window, options->part);
  addPagingOptions(*window, options->paging);
  window->footer(
      "Opens real windows, in turns, each in a process of its own.\n"
      "  empty window   display, device and panels, until one frame without a volume is drawn\n"
      "  first picture  the same and opening the file, until a frame with the whole coarsest level is drawn\n\n"
      "Example: volary bench window embryo.xml --passes 10");
  window->callback([options, &chosen] { chosen = [options] { return runBenchWindow(*options); }; });
}

}  // namespace volary
