#pragma once

#include "base/geometry.h"
#include "viewer/input/key.h"

#include <string>
#include <variant>
#include <vector>

/// What happened to the window. Positions are in pixels of its framebuffer, from the upper left.
namespace volary {

enum class MouseButton { left, middle, right };
enum class KeyPhase { pressed, repeated, released };

struct KeyEvent {
  KeyChord chord;
  KeyPhase phase = KeyPhase::pressed;
};

struct ButtonEvent {
  MouseButton button = MouseButton::left;
  bool pressed = false;
  dvec2 positionPx{0.0};
  Modifiers modifiers;
};

struct MoveEvent {
  dvec2 positionPx{0.0};
};

struct WheelEvent {
  double steps = 0.0;  ///< away from the user is positive
  dvec2 positionPx{0.0};
  Modifiers modifiers;
};

struct FocusLostEvent {};

/// The window's size has changed, or the window was uncovered.
struct RedrawEvent {};

struct DropEvent {
  std::string path;
};

using InputEvent = std::variant<KeyEvent, ButtonEvent, MoveEvent, WheelEvent, FocusLostEvent, RedrawEvent, DropEvent>;

}  // namespace volary
