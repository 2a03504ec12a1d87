#pragma once

#include "base/geometry.h"
#include "viewer/input/event.h"

#include <vulkan/vulkan.h>

#include <cstdint>
#include <string>
#include <vector>

struct GLFWwindow;

namespace volary {

/// The one window; it hides GLFW.
///
/// Used by the main thread alone. Invariant: every event since the last takeEvents() is handed out once, in order.
class Window {
 public:
  /// Throws Error if there is no display, or no Vulkan for it.
  Window(const ivec2& size, const std::string& title);
  ~Window();
  Window(const Window&) = delete;
  Window& operator=(const Window&) = delete;

  /// What Vulkan needs to draw here.
  std::vector<const char*> instanceExtensions() const;
  bool canPresent(VkInstance instance, VkPhysicalDevice physical, std::uint32_t family) const;
  /// The surface belongs to the caller. Throws Error.
  VkSurfaceKHR createSurface(VkInstance instance) const;

  /// Waits until something happens or `timeoutSeconds` has passed; 0 = looks only.
  void waitForEvents(double timeoutSeconds);
  /// Writes what has happened since the last call over `events`.
  void takeEvents(std::vector<InputEvent>& events);
  bool shouldClose() const;

  /// (0, 0) while minimised. The size of the last event: the system is not asked.
  ivec2 framebufferPx() const { return minimised_ ? ivec2(0) : sizePx_; }
  /// Framebuffer pixels for each nominal pixel of the desktop: 2 on a "retina" display.
  double contentScale() const;
  void setTitle(const std::string& title);
  /// Hides the pointer and lets it move without end, for looking around.
  void capturePointer(bool captured);
  void toggleFullScreen();
  bool fullScreen() const { return fullScreen_; }

  GLFWwindow* handle() const { return window_; }  ///< for Dear ImGui's back end

 private:
  friend struct WindowCallbacks;
  dvec2 toFramebuffer(double x, double y) const;

  GLFWwindow* window_ = nullptr;
  std::vector<InputEvent> events_;
  ivec2 sizePx_{0};
  bool minimised_ = false;
  bool fullScreen_ = false;
  ivec2 windowedPosition_{0};
  ivec2 windowedSize_{0};
};

}  // namespace volary
