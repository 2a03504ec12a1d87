#include "options/sidecar_options.h"

#include "base/bytes.h"

#include <CLI/CLI.hpp>

#include <fstream>

namespace volary {

void addSidecarOptions(CLI::App& command, SidecarOptions& options) {
  command.add_flag(
      "--sidecar,!--no-sidecar", options.wanted,
      options.wanted
          ? "Make coarser levels for a file that has none, once, and keep them in $XDG_CACHE_HOME/volary [yes]"
          : "Make coarser levels for a file that has none, once, and keep them in $XDG_CACHE_HOME/volary [no]");
  command
      .add_option("--sidecar-gb", options.maxGib,
                  "Most disk space of all such levels, in GiB; those unused for longest are removed")
      ->type_name("GIB")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->capture_default_str();
  command.add_option("--sidecar-blocks", options.blocksFile)->group("");
}

SidecarSettings makeSidecarSettings(const SidecarOptions& options) {
  SidecarSettings settings;
  settings.maxBytes = static_cast<std::uint64_t>(options.maxGib * static_cast<double>(kGiB));
  if (!options.blocksFile.empty())
    settings.mayBegin = [path = options.blocksFile](std::size_t blocksBegun) {
      std::ifstream file(path);
      std::size_t allowed = 0;
      return !file || (file >> allowed && blocksBegun < allowed);
    };
  return settings;
}

}  // namespace volary
