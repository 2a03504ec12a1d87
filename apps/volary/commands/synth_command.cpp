#include "base/os/terminal.h"
#include "export/synth_sample.h"
#include "options/command_line.h"

#include <CLI/CLI.hpp>

#include <cmath>
#include <cstdio>

namespace volary {

namespace {

struct SynthCommandOptions {
  std::string recipe;
  std::string output;
  std::string size;
  int threads = 0;
  bool force = false;
};

/// A line on the terminal that counts to 100 %; nothing if standard error goes to a file.
class ProgressLine {
 public:
  explicit ProgressLine(std::string title) : title_(std::move(title)), visible_(os::standardErrorIsTerminal()) {}
  // Also after an error, so that its sentence has a line of its own.
  ~ProgressLine() {
    if (shownPercent_ >= 0) std::fputc('\n', stderr);
  }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(double share) {
    const int percent = static_cast<int>(std::floor(100.0 * share));
    if (!visible_ || percent == shownPercent_) return;
    shownPercent_ = percent;
    std::fprintf(stderr, "\rvolary: %s: %3d %%", title_.c_str(), percent);
    std::fflush(stderr);
  }

 private:
  std::string title_;
  bool visible_;
  int shownPercent_ = -1;
};

int runSynth(const SynthCommandOptions& options) {
  if (!options.output.ends_with(".xml")) throw UsageError(options.output + ": the name must end in .xml");
  SynthOptions synth;
  if (!options.size.empty()) synth.sizeVoxels = parseSize3("--size", options.size);
  synth.ifExists = options.force ? IfExists::replace : IfExists::refuse;
  synth.threads = options.threads;
  ProgressLine progress("writing " + options.output);
  writeSampleDataset(options.recipe, options.output, synth, [&](double share) { progress.show(share); });
  return 0;
}

}  // namespace

void addSynthCommand(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<SynthCommandOptions>();
  CLI::App* command = app.add_subcommand("synth", "Write a synthetic specimen as BigDataViewer XML/HDF5");
  command->add_option("RECIPE", options->recipe, "What to make: embryo (cells with membranes and nuclei)")->required();
  command->add_option("OUT.xml", options->output, "File to write; the voxels go beside it, into OUT.h5")->required();
  command->add_option("--size", options->size, "Size of level 0 in voxels [the recipe's: 512x512x384]")
      ->type_name("XxYxZ");
  command->add_option("--threads", options->threads, "Threads that compute and encode, 0 = one per core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""))
      ->capture_default_str();
  command->add_flag("--force", options->force, "Replace files that exist");
  command->footer(
      "The same recipe and size give the same bytes on every machine. The other commands take synthetic:embryo?size=XxYxZ as\n"
      "a file name: the same field at any size, computed and never stored.\n\n"
      "Example: volary synth embryo embryo.xml");
  command->callback([options, &chosen] { chosen = [options] { return runSynth(*options); }; });
}

}  // namespace volary
