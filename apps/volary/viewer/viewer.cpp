#include "viewer/viewer.h"

#include "base/error.h"
#include "base/log.h"
#include "gpu/check.h"
#include "viewer/last_view.h"
#include "viewer/viewer_app.h"

#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace volary {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

gpu::DeviceSettings deviceSettings(Window& window, const ViewerOptions& options) {
  return {.instanceExtensions = window.instanceExtensions(),
          .canPresent = [&window](VkInstance instance, VkPhysicalDevice physical,
                                  std::uint32_t family) { return window.canPresent(instance, physical, family); },
          .validation = options.validation ? gpu::Validation::on : gpu::Validation::off,
          .preferredDevice = options.device};
}

/// What the user was looking at when the device was lost.
struct LostWindow {
  std::string reason;
  std::string location;
  std::optional<View> view;
  bool hasShown = false;  ///< a picture was on the screen
};

/// Where the view is, for whoever reads the error that ends the program; empty if it could not be saved.
std::string describeSaved(const std::optional<View>& view) {
  if (!view) return {};
  try {
    const std::filesystem::path path = saveLastView(*view);
    return path.empty() ? std::string() : fmt::format("; the view was saved: --view {}", path.string());
  } catch (const Error&) {
    return {};
  }
}

/// The window's life with one device. Returns the exit status; `lostWindow` is set if the device was lost. Any other
/// error ends the program, but the view is saved.
int runWithDevice(Window& window, OpenedFile file, const ViewerOptions& options,
                  std::optional<LostWindow>& lostWindow) {
  gpu::Device device(deviceSettings(window, options));
  try {
    ViewerApp app(window, device, std::move(file), options);
    try {
      app.run();
    } catch (const gpu::Lost& lost) {
      lostWindow = {lost.what(), app.location(), app.view(), app.hasShown()};
    } catch (const Error& error) {
      throw Error(error.what() + describeSaved(app.view()));
    }
  } catch (const gpu::Lost& lost) {
    lostWindow = {lost.what(), options.location, options.view, false};
  }
  const std::vector<std::string> messages = device.takeValidationMessages();
  for (const std::string& message : messages) logWarning(message);
  return messages.empty() ? 0 : 1;
}

}  // namespace

int runViewer(const ViewerOptions& options) {
  // First what needs no display: an error in the file is worth more than a window that flashes up.
  OpenedFile file = openFile(options.location, options.view ? &*options.view : nullptr, options.sidecar);
  Window window(options.windowSize, "Volary");
  ViewerOptions now = options;
  while (true) {
    const Clock::time_point start = Clock::now();
    std::optional<LostWindow> lostWindow;
    const int status = runWithDevice(window, std::move(file), now, lostWindow);
    if (!lostWindow) return status;

    constexpr double kHopelessSeconds = 5.0;  // a device that is lost again so soon would be lost again and again
    const bool isHopeless = !lostWindow->hasShown || secondsSince(start) < kHopelessSeconds;
    if (isHopeless && !now.greeting.empty()) fail("{}{}", lostWindow->reason, describeSaved(lostWindow->view));
    logWarning(fmt::format("{}; it is opened again", lostWindow->reason));
    now.location = lostWindow->location;
    now.view = lostWindow->view;
    now.greeting = "The graphics device was lost, and opened again";
    file = openFile(now.location, now.view ? &*now.view : nullptr, now.sidecar);
  }
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
  if (!app.runToFirstPicture()) fail("the window was closed before its first picture");
  device.waitIdle();
  return secondsSince(start);
}

}  // namespace volary
