#include "options/sidecar_options.h"

#include "base/bytes.h"

#include <CLI/CLI.hpp>

namespace volary {

void addSidecarOptions(CLI::App& command, SidecarOptions& options) {
  command.add_flag("--sidecar,!--no-sidecar", options.wanted,
                   options.wanted
                       ? "Coarser levels for a file without: kept in $XDG_CACHE_HOME/volary, built once [yes]"
                       : "Coarser levels for a file without: kept in $XDG_CACHE_HOME/volary, built once [no]");
  command.add_option("--sidecar-gb", options.maxGib, "Size of all such levels on the disk in GiB; the oldest go")
      ->type_name("GIB")
      ->check(CLI::Range(0.0, 1e6).description(""))
      ->capture_default_str();
}

SidecarSettings makeSidecarSettings(const SidecarOptions& options) {
  SidecarSettings settings;
  settings.maxBytes = static_cast<std::uint64_t>(options.maxGib * static_cast<double>(kGiB));
  return settings;
}

}  // namespace volary
