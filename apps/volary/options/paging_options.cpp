#include "options/paging_options.h"

#include "base/bytes.h"

#include <CLI/CLI.hpp>

#include <cstdlib>
#include <string_view>

namespace volary {

namespace {

/// More than any machine has, and far from overflow.
constexpr double kMaxMib = 1 << 30;

std::uint64_t bytesOfMib(double mib) { return static_cast<std::uint64_t>(mib * static_cast<double>(kMiB)); }

}  // namespace

void addPagingOptions(CLI::App& command, PagingOptions& options) {
  command.add_option("--cache-mb", options.cacheMib, "Size of the page cache on the GPU in MiB")
      ->type_name("MIB")
      ->check(CLI::Range(0.001, kMaxMib).description(""))
      ->capture_default_str();
  command.add_option("--host-mb,--host-cache-mb", options.hostMib, "Decoded chunks kept in main memory in MiB")
      ->type_name("MIB")
      ->check(CLI::Range(0.0, kMaxMib).description(""))
      ->capture_default_str();
  command.add_option("--threads", options.threads, "Threads that read and decode, 0 = one per core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""))
      ->capture_default_str();
  command
      .add_option(
          "--feedback", options.feedback,
          "on: don't load hidden bricks; off: load them too; the complete picture is the same [on; off on a software device]")
      ->type_name("on|off")
      ->check(CLI::IsMember({"on", "off"}));
  command
      .add_option("--device", options.device, "Part of the Vulkan device's name [the fastest kind; VOLARY_DEVICE wins]")
      ->type_name("NAME");
  command.add_flag("--validation", options.validation)->group("");
}

EngineSettings makeEngineSettings(const PagingOptions& options) {
  EngineSettings settings;
  settings.pageCacheBytes = bytesOfMib(options.cacheMib);
  settings.loader.hostCacheBytes = bytesOfMib(options.hostMib);
  settings.loader.threads = options.threads;
  if (!options.feedback.empty()) settings.feedback = options.feedback == "on" ? Feedback::on : Feedback::off;
  return settings;
}

bool wantsValidation(const PagingOptions& options) {
  const char* variable = std::getenv("VOLARY_VALIDATION");
  return options.validation || (variable && std::string_view(variable) == "1");
}

gpu::DeviceSettings makeDeviceSettings(const PagingOptions& options) {
  gpu::DeviceSettings settings;
  settings.validation = wantsValidation(options) ? gpu::Validation::on : gpu::Validation::off;
  settings.preferredDevice = options.device;
  return settings;
}

}  // namespace volary
