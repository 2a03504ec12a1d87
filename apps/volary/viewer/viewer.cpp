#include "viewer/viewer.h"

#include "base/log.h"
#include "viewer/viewer_app.h"

#include <string>

namespace volary {

int runViewer(const ViewerOptions& options) {
  // First what needs no display: an error in the file is worth more than a window that flashes up.
  OpenedFile file = openFile(options.location, options.view ? &*options.view : nullptr);
  Window window(options.windowSize, "Volary");
  gpu::Device device({.instanceExtensions = window.instanceExtensions(),
                      .canPresent = [&](VkInstance instance, VkPhysicalDevice physical, std::uint32_t family) {
                        return window.canPresent(instance, physical, family);
                      },
                      .validation = options.validation ? gpu::Validation::on : gpu::Validation::off,
                      .preferredDevice = options.device});
  {
    ViewerApp app(window, device, std::move(file), options);
    app.run();
  }
  const std::vector<std::string> messages = device.takeValidationMessages();
  for (const std::string& message : messages) logWarning(message);
  return messages.empty() ? 0 : 1;
}

}  // namespace volary
