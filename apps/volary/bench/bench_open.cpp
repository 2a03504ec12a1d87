#include "base/os/process_figures.h"
#include "bench/bench.h"
#include "formats/open.h"
#include "options/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <ctime>
#include <set>

namespace volary {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

struct OpenOptions {
  std::string file;
  ImageChoice image;
  int passes = 5;
  bool json = false;
};

struct OpenReport {
  std::size_t setups = 0;
  std::size_t timepoints = 0;
  std::size_t levels = 0;
  PathTimes open;                   ///< until the dataset is known: setups, time points, transforms
  PathTimes openCpu;                ///< the same as time on a core, which does not depend on how busy the machine is
  PathTimes image;                  ///< from then until the levels of the image are known
  std::set<std::string> openFiles;  ///< that the source keeps open then
};

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double cpuSeconds() { return static_cast<double>(std::clock()) / CLOCKS_PER_SEC; }

OpenReport measureOpen(const OpenOptions& options) {
  OpenReport report;
  const std::set<std::string> before = os::findOpenFiles();
  for (int pass = 0; pass < options.passes; ++pass) {
    const double startCpu = cpuSeconds();
    const Clock::time_point start = Clock::now();
    const auto source = openSource(options.file);
    report.open.seconds.push_back(secondsSince(start));
    report.openCpu.seconds.push_back(cpuSeconds() - startCpu);
    const Clock::time_point opened = Clock::now();
    report.levels = source->pyramid(findImage(source->dataset(), options.image)).levels.size();
    report.image.seconds.push_back(secondsSince(opened));
    report.setups = source->dataset().setups.size();
    report.timepoints = source->dataset().timepoints.size();
    report.openFiles = os::findOpenFiles();
  }
  std::erase_if(report.openFiles, [&](const std::string& file) { return before.contains(file); });
  return report;
}

std::string makeText(const OpenOptions& options, const OpenReport& report) {
  const auto row = [](const char* what, const PathTimes& times) {
    return fmt::format("    {:<22}{:>10.2f}{:>10.2f}\n", what, times.best() * 1e3, times.median() * 1e3);
  };
  std::string text = fmt::format("{}\n    setups {}, time points {}, levels of the image {}; {} passes\n\n",
                                 options.file, report.setups, report.timepoints, report.levels, options.passes);
  text += fmt::format("    {:<22}{:>10}{:>10}\n", "", "best ms", "median ms");
  text += row("dataset", report.open) + row("  of this on a core", report.openCpu) +
          row("levels of the image", report.image);
  text += fmt::format("\n    files kept open {}\n", report.openFiles.size());
  for (const std::string& file : report.openFiles) text += fmt::format("        {}\n", file);
  return text;
}

std::string makeJson(const OpenOptions& options, const OpenReport& report) {
  const auto times = [](const PathTimes& path) -> Json {
    return {{"bestSeconds", path.best()}, {"medianSeconds", path.median()}, {"seconds", path.seconds}};
  };
  const Json made = {
      {"file", options.file},         {"setups", report.setups},       {"timepoints", report.timepoints},
      {"levels", report.levels},      {"dataset", times(report.open)}, {"datasetCpu", times(report.openCpu)},
      {"image", times(report.image)}, {"openFiles", report.openFiles}};
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

int runBenchOpen(const OpenOptions& options) {
  const OpenReport report = measureOpen(options);
  printOut(options.json ? makeJson(options, report) : makeText(options, report));
  return 0;
}

}  // namespace

void addBenchOpen(CLI::App& bench, Command& chosen) {
  auto options = std::make_shared<OpenOptions>();
  CLI::App* open = bench.add_subcommand("open", "Opening a file: until its images are known, and the levels of one");
  open->add_option("FILE", options->file, fileHelp())->required();
  addImageChoice(*open, options->image);
  open->add_option("--passes", options->passes, "How often the file is opened; the best and the median are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  open->add_flag("--json", options->json, "One JSON object, for programs");
  open->footer(
      "dataset: until setups, time points and transforms are known. levels of the image: until the levels of the first image,\n"
      "or of the chosen one, are known too. The files that are open then show whether more was opened than necessary.\n\n"
      "Example: volary bench open project.xml --passes 10");
  open->callback([options, &chosen] { chosen = [options] { return runBenchOpen(*options); }; });
}

}  // namespace volary
