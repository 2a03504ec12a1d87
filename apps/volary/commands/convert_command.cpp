#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os/signals.h"
#include "commands/convert_progress.h"
#include "export/convert.h"
#include "formats/open.h"
#include "options/command_line.h"
#include "options/convert_options.h"

#include <CLI/CLI.hpp>

#include <atomic>

namespace volary {

namespace {

int runConvert(const ConvertTexts& texts) {
  ConvertOptions options = parseConvertOptions(texts);
  const auto source = openSource(texts.input);
  for (const std::string& warning : source->dataset().warnings) logWarning(warning);
  ConvertReport report;
  std::atomic<bool> stopAsked = false;
  const os::StopSignals signals(stopAsked);
  {
    ConvertProgressLine line(texts.quiet ? ProgressLineKind::none : progressLineKind(), texts.output);
    options.stop = &stopAsked;
    options.progress = [&](const ConvertProgress& progress) { line.show(progress); };
    report = convertDataset(*source, texts.output, options);
    line.finish();
  }
  for (const std::string& warning : report.warnings) logWarning(warning);
  if (texts.quiet) return 0;
  switch (report.state) {
    case ConvertReport::State::finished:
      logInfo(fmt::format("{}: {} image{}, {} level{}, {} of voxels in {}{}", texts.output, report.images,
                          report.images == 1 ? "" : "s", report.levels, report.levels == 1 ? "" : "s",
                          formatBytes(report.voxelBytes), formatBytes(report.bytesWritten),
                          options.verify ? ", verified" : ""));
      break;
    case ConvertReport::State::othersAtWork:
      logInfo(texts.output + ": this share is done, others are not yet; the last one ends the conversion");
      break;
    case ConvertReport::State::wasFinished: logInfo(texts.output + ": was finished already"); break;
  }
  return 0;
}

}  // namespace

void addConvertCommand(CLI::App& app, Command& chosen) {
  auto texts = std::make_shared<ConvertTexts>();
  CLI::App* command = app.add_subcommand("convert", "Write a dataset with a pyramid: BigDataViewer XML/HDF5, OME-Zarr");
  addConvertOptions(*command, *texts);
  command->callback([texts, &chosen] { chosen = [texts] { return runConvert(*texts); }; });
}

}  // namespace volary
