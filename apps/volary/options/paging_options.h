#pragma once

#include "gpu/device.h"
#include "paging/engine.h"

#include <string>

namespace CLI {
class App;
}

namespace volary {

/// Options about the machine, for commands that draw: device, budgets, threads.
struct PagingOptions {
  double cacheMib = 512.0;
  double hostMib = 512.0;
  int threads = 0;
  std::string feedback;  ///< on, off, or nothing
  std::string device;
  bool validation = false;
};

/// Adds --cache-mb, --host-mb, --threads, --feedback, --device and the hidden --validation.
void addPagingOptions(CLI::App& command, PagingOptions& options);

EngineSettings makeEngineSettings(const PagingOptions& options);

/// Validation is on if the option or the environment's VOLARY_VALIDATION=1 asks for it.
gpu::DeviceSettings makeDeviceSettings(const PagingOptions& options);
bool wantsValidation(const PagingOptions& options);

}  // namespace volary
