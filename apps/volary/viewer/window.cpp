#include "viewer/window.h"

#include "base/error.h"

#include <GLFW/glfw3.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <utility>

namespace volary {

namespace {

std::string glfwText() {
  const char* text = nullptr;
  glfwGetError(&text);
  return text ? text : "no reason given";
}

Modifiers modifiersOf(int mods) {
  return {
      .shift = (mods & GLFW_MOD_SHIFT) != 0, .ctrl = (mods & GLFW_MOD_CONTROL) != 0, .alt = (mods & GLFW_MOD_ALT) != 0};
}

constexpr std::pair<int, Key> kSpecialKeys[] = {{GLFW_KEY_ESCAPE, Key::escape}, {GLFW_KEY_ENTER, Key::enter},
                                                {GLFW_KEY_TAB, Key::tab},       {GLFW_KEY_BACKSPACE, Key::backspace},
                                                {GLFW_KEY_HOME, Key::home},     {GLFW_KEY_END, Key::end},
                                                {GLFW_KEY_LEFT, Key::left},     {GLFW_KEY_RIGHT, Key::right},
                                                {GLFW_KEY_UP, Key::up},         {GLFW_KEY_DOWN, Key::down},
                                                {GLFW_KEY_F1, Key::f1},         {GLFW_KEY_F2, Key::f2},
                                                {GLFW_KEY_F3, Key::f3},         {GLFW_KEY_F4, Key::f4},
                                                {GLFW_KEY_F5, Key::f5},         {GLFW_KEY_F6, Key::f6},
                                                {GLFW_KEY_F7, Key::f7},         {GLFW_KEY_F8, Key::f8},
                                                {GLFW_KEY_F9, Key::f9},         {GLFW_KEY_F10, Key::f10},
                                                {GLFW_KEY_F11, Key::f11},       {GLFW_KEY_F12, Key::f12}};

// By what is printed on the key, so that Ctrl+Z is where the user's keyboard has its Z. A keyboard without Latin
// letters counts as a US one.
Key keyOfCode(int code, int scancode) {
  for (const auto& [glfwKey, key] : kSpecialKeys)
    if (glfwKey == code) return key;
  if (const char* name = glfwGetKeyName(code, scancode); name && name[0] > ' ' && name[0] < 127 && name[1] == '\0')
    return keyOf(static_cast<char>(std::toupper(static_cast<unsigned char>(name[0]))));
  return code > GLFW_KEY_SPACE && code < 127 ? keyOf(static_cast<char>(code)) : Key::none;
}

}  // namespace

/// GLFW's callbacks, which may not throw: they only note what happened.
struct WindowCallbacks {
  static Window& of(GLFWwindow* window) { return *static_cast<Window*>(glfwGetWindowUserPointer(window)); }

  static dvec2 pointer(GLFWwindow* window) {
    double x = 0, y = 0;
    glfwGetCursorPos(window, &x, &y);
    return of(window).toFramebuffer(x, y);
  }

  static Modifiers heldModifiers(GLFWwindow* window) {
    const auto held = [&](int left, int right) {
      return glfwGetKey(window, left) == GLFW_PRESS || glfwGetKey(window, right) == GLFW_PRESS;
    };
    return {.shift = held(GLFW_KEY_LEFT_SHIFT, GLFW_KEY_RIGHT_SHIFT),
            .ctrl = held(GLFW_KEY_LEFT_CONTROL, GLFW_KEY_RIGHT_CONTROL),
            .alt = held(GLFW_KEY_LEFT_ALT, GLFW_KEY_RIGHT_ALT)};
  }

  static void key(GLFWwindow* window, int code, int scancode, int action, int mods) {
    const Key key = keyOfCode(code, scancode);
    if (key == Key::none) return;
    const KeyPhase phase = action == GLFW_PRESS    ? KeyPhase::pressed
                           : action == GLFW_REPEAT ? KeyPhase::repeated
                                                   : KeyPhase::released;
    of(window).events_.push_back(KeyEvent{{key, modifiersOf(mods)}, phase});
  }

  static void button(GLFWwindow* window, int button, int action, int mods) {
    if (button > GLFW_MOUSE_BUTTON_MIDDLE) return;
    const MouseButton which = button == GLFW_MOUSE_BUTTON_LEFT    ? MouseButton::left
                              : button == GLFW_MOUSE_BUTTON_RIGHT ? MouseButton::right
                                                                  : MouseButton::middle;
    of(window).events_.push_back(ButtonEvent{which, action == GLFW_PRESS, pointer(window), modifiersOf(mods)});
  }

  static void move(GLFWwindow* window, double x, double y) {
    of(window).events_.push_back(MoveEvent{of(window).toFramebuffer(x, y)});
  }

  static void scroll(GLFWwindow* window, double x, double y) {
    // Some systems turn the wheel sideways while Shift is held.
    of(window).events_.push_back(WheelEvent{y != 0.0 ? y : x, pointer(window), heldModifiers(window)});
  }

  static void focus(GLFWwindow* window, int focused) {
    if (!focused) of(window).events_.push_back(FocusLostEvent{});
  }

  static void resized(GLFWwindow* window, int width, int height) {
    of(window).sizePx_ = {width, height};
    of(window).events_.push_back(RedrawEvent{});
  }
  static void minimised(GLFWwindow* window, int minimised) { of(window).minimised_ = minimised == GLFW_TRUE; }
  static void uncovered(GLFWwindow* window) { of(window).events_.push_back(RedrawEvent{}); }

  static void drop(GLFWwindow* window, int count, const char** paths) {
    if (count > 0) of(window).events_.push_back(DropEvent{paths[0]});
  }
};

Window::Window(const ivec2& size, const std::string& title) {
  glfwSetErrorCallback(nullptr);
  if (!glfwInit()) fail("no window can be opened: {}; volary render draws pictures without a display", glfwText());
  if (!glfwVulkanSupported()) {
    const std::string reason = glfwText();
    glfwTerminate();
    fail("no Vulkan for windows on this display: {}", reason);
  }
  glfwWindowHint(GLFW_CLIENT_API, GLFW_NO_API);
  glfwWindowHint(GLFW_SCALE_TO_MONITOR, GLFW_TRUE);
  window_ = glfwCreateWindow(size.x, size.y, title.c_str(), nullptr, nullptr);
  if (!window_) {
    const std::string reason = glfwText();
    glfwTerminate();
    fail("no window can be opened: {}; volary render draws pictures without a display", reason);
  }
  glfwSetWindowSizeLimits(window_, 320, 240, GLFW_DONT_CARE, GLFW_DONT_CARE);
  glfwSetWindowUserPointer(window_, this);
  glfwSetKeyCallback(window_, WindowCallbacks::key);
  glfwSetMouseButtonCallback(window_, WindowCallbacks::button);
  glfwSetCursorPosCallback(window_, WindowCallbacks::move);
  glfwSetScrollCallback(window_, WindowCallbacks::scroll);
  glfwSetWindowFocusCallback(window_, WindowCallbacks::focus);
  glfwSetFramebufferSizeCallback(window_, WindowCallbacks::resized);
  glfwSetWindowIconifyCallback(window_, WindowCallbacks::minimised);
  glfwSetWindowRefreshCallback(window_, WindowCallbacks::uncovered);
  glfwSetDropCallback(window_, WindowCallbacks::drop);
  glfwGetFramebufferSize(window_, &sizePx_.x, &sizePx_.y);
}

Window::~Window() {
  glfwDestroyWindow(window_);
  glfwTerminate();
}

std::vector<const char*> Window::instanceExtensions() const {
  std::uint32_t count = 0;
  const char** names = glfwGetRequiredInstanceExtensions(&count);
  return {names, names + count};
}

bool Window::canPresent(VkInstance instance, VkPhysicalDevice physical, std::uint32_t family) const {
  return glfwGetPhysicalDevicePresentationSupport(instance, physical, family) == GLFW_TRUE;
}

VkSurfaceKHR Window::createSurface(VkInstance instance) const {
  VkSurfaceKHR surface = VK_NULL_HANDLE;
  if (glfwCreateWindowSurface(instance, window_, nullptr, &surface) != VK_SUCCESS)
    fail("the window has no surface for Vulkan: {}", glfwText());
  return surface;
}

void Window::waitForEvents(double timeoutSeconds) {
  if (timeoutSeconds > 0.0)
    glfwWaitEventsTimeout(timeoutSeconds);
  else
    glfwPollEvents();
}

void Window::takeEvents(std::vector<InputEvent>& events) {
  events.clear();
  std::swap(events, events_);
}

bool Window::shouldClose() const { return glfwWindowShouldClose(window_) == GLFW_TRUE; }

double Window::contentScale() const {
  float x = 1.0f, y = 1.0f;
  glfwGetWindowContentScale(window_, &x, &y);
  return std::max(1.0f, x);
}

void Window::setTitle(const std::string& title) { glfwSetWindowTitle(window_, title.c_str()); }

void Window::capturePointer(bool captured) {
  glfwSetInputMode(window_, GLFW_CURSOR, captured ? GLFW_CURSOR_DISABLED : GLFW_CURSOR_NORMAL);
}

void Window::toggleFullScreen() {
  if (fullScreen_) {
    glfwSetWindowMonitor(window_, nullptr, windowedPosition_.x, windowedPosition_.y, windowedSize_.x, windowedSize_.y,
                         GLFW_DONT_CARE);
  } else {
    GLFWmonitor* monitor = glfwGetPrimaryMonitor();
    const GLFWvidmode* mode = monitor ? glfwGetVideoMode(monitor) : nullptr;
    if (!mode) return;
    glfwGetWindowPos(window_, &windowedPosition_.x, &windowedPosition_.y);
    glfwGetWindowSize(window_, &windowedSize_.x, &windowedSize_.y);
    glfwSetWindowMonitor(window_, monitor, 0, 0, mode->width, mode->height, mode->refreshRate);
  }
  fullScreen_ = !fullScreen_;
}

dvec2 Window::toFramebuffer(double x, double y) const {
  ivec2 window{1}, framebuffer{1};
  glfwGetWindowSize(window_, &window.x, &window.y);
  glfwGetFramebufferSize(window_, &framebuffer.x, &framebuffer.y);
  return dvec2(x, y) * dvec2(framebuffer) / glm::max(dvec2(window), dvec2(1.0));
}

}  // namespace volary
