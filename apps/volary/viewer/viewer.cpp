#include "viewer/viewer.h"

#include "base/error.h"
#include "base/log.h"
#include "viewer/viewer_app.h"

#include <chrono>
#include <string>

namespace volary {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

gpu::DeviceSettings deviceSettings(Window& window, const ViewerOptions& options) {
  return {.instanceExtensions = window.instanceExtensions(),
          .canPresent = [&window](VkInstance instance, VkPhysicalDevice physical, std::uint32_t family) {
            return window.canPresent(instance, physical, family);
          },
          .validation = options.validation ? gpu::Validation::on : gpu::Validation::off,
          .preferredDevice = options.device};
}

}  // namespace

int runViewer(const ViewerOptions& options) {
  // First what needs no display: an error in the file is worth more than a window that flashes up.
  OpenedFile file = openFile(options.location, options.view ? &*options.view : nullptr, options.sidecar);
  Window window(options.windowSize, "Volary");
  gpu::Device device(deviceSettings(window, options));
  {
    ViewerApp app(window, device, std::move(file), options);
    app.run();
  }
  const std::vector<std::string> messages = device.takeValidationMessages();
  for (const std::string& message : messages) logWarning(message);
  return messages.empty() ? 0 : 1;
}

double timeEmptyWindow(const ViewerOptions& options) {
  const Clock::time_point start = Clock::now();
  Window window(options.windowSize, "Volary");
  gpu::Device device(deviceSettings(window, options));
  Presenter presenter(device, window);
  window.waitForEvents(0.0);
  gpu::Frame& frame = presenter.begin();
  presenter.ui().beginFrame();
  presenter.ui().endFrame();
  presenter.finish(frame, nullptr);
  device.waitIdle();
  return secondsSince(start);
}

double timeFirstPicture(const ViewerOptions& options) {
  const Clock::time_point start = Clock::now();
  OpenedFile file = openFile(options.location, options.view ? &*options.view : nullptr, options.sidecar);
  Window window(options.windowSize, "Volary");
  gpu::Device device(deviceSettings(window, options));
  ViewerApp app(window, device, std::move(file), options);
  if (!app.runToFirstPicture()) fail("the window was closed ahead of its first picture");
  device.waitIdle();
  return secondsSince(start);
}

}  // namespace volary
