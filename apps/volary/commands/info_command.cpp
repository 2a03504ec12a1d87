#include "commands/info.h"
#include "formats/open.h"
#include "options/command_line.h"

#include <CLI/CLI.hpp>

#include <limits>

namespace volary {

namespace {

/// Setups that the text describes one by one unless --all is given: more do not fit a screen.
constexpr std::size_t kSetupsShown = 8;

struct InfoOptions {
  std::string file;
  bool json = false;
  bool countBytes = false;
  bool all = false;
};

int runInfo(const InfoOptions& options) {
  const auto source = openSource(options.file);
  const CountBytes count = options.countBytes ? CountBytes::yes : CountBytes::no;
  const std::size_t maxSetups = options.all ? std::numeric_limits<std::size_t>::max() : kSetupsShown;
  printOut(options.json ? makeInfoJson(*source, count) : makeInfoText(*source, count, maxSetups));
  return 0;
}

}  // namespace

void addInfoCommand(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command = app.add_subcommand("info", "Show images, levels, voxel type and size, transforms");
  command->add_option("FILE", options->file, fileHelp())->required();
  command->add_flag("--json", options->json, "One JSON object with every setup, for programs");
  command->add_flag("--bytes", options->countBytes, "Count the bytes stored, chunk by chunk (may take a while)");
  command->add_flag("--all", options->all, "Describe every setup, not only the first 8 (text)");
  command->footer(
      "Reads metadata only. Sizes are x, y, z in voxels of the level; a factor is the downsampling against "
      "the full\n"
      "resolution; voxel sizes are in the unit shown; levels are those of a setup's first time point.\n\n"
      "--json: {\"format\", \"file\", \"images\": [{\"setup\", \"name\", \"timepoints\": [ids], "
      "\"voxelType\",\n"
      "  \"voxelSize\": [x,y,z], \"unit\", \"worldFromVoxel\": {\"<time point>\": [12 numbers, 3x4 "
      "row-major]},\n"
      "  \"levels\": [{\"size\", \"factor\", \"chunk\": [x,y,z], \"codec\", \"bytesStored\": number or "
      "null}]}],\n"
      "  \"warnings\": []}\n\n"
      "Example: volary info embryo.xml --json --bytes");
  command->callback([options, &chosen] { chosen = [options] { return runInfo(*options); }; });
}

}  // namespace volary
