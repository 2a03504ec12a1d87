#pragma once

#include "viewer/input/event.h"
#include "viewer/input/keymap.h"
#include "viewer/navigation.h"
#include "viewer/view_editor.h"

#include <optional>
#include <set>
#include <vector>

namespace volary {

/// What is on the screen, for gestures to act on.
struct NavigationScene {
  SceneGeometry geometry;
  std::vector<ViewRegion> regions;  ///< of the picture that is shown
};

/// Turns mouse gestures and navigation keys into changes of the view.
///
/// Remembers what is in progress: a drag, keys that are held, a turn of the camera that takes some frames. A drag
/// belongs to the panel in which it began. Times are in seconds, of any steady clock.
class NavigationController {
 public:
  void handleButton(const ButtonEvent& event, const NavigationScene& scene, ViewEditor& editor, double now);
  void handleMove(const MoveEvent& event, ViewEditor& editor, double now);
  void handleWheel(const WheelEvent& event, const NavigationScene& scene, ViewEditor& editor, double now);

  /// The key of a command went down or up; false if it is not a navigation command.
  bool handleCommand(const KeyMatch& match, KeyPhase phase, const NavigationScene& scene, ViewEditor& editor,
                     double now);
  /// Lets go of all keys and buttons: the window has lost the keyboard.
  void releaseAll();
  /// Stops the camera's turn where it is.
  void stopTurn() { turn_.reset(); }

  /// Lets time pass: flies, turns the camera further.
  void advance(const NavigationScene& scene, ViewEditor& editor, double now);

  /// Whether something moves by itself, so that the next frame differs from this one.
  bool moving() const { return !heldKeys_.empty() || turn_.has_value(); }
  bool dragging() const { return drag_.has_value(); }
  bool wantsPointerCaptured() const { return drag_ && drag_->action == MouseAction::look; }
  std::optional<dvec2> pointerPx() const { return pointerPx_; }

  /// Flying speed in image diagonals a second.
  double flySpeed() const { return flySpeed_; }

  static constexpr double kTurnSeconds = 0.3;  // as BigDataViewer turns
  static constexpr double kClickPx = 4.0;      // a hand's tremble between press and release

 private:
  struct Drag {
    MouseButton button = MouseButton::left;
    MouseAction action = MouseAction::orbit;
    double scale = 1.0;
    bool mayBeClick = false;
    ViewRegion region;
    dvec2 startPx{0.0};
    dvec2 lastPx{0.0};
  };
  struct Turn {
    Camera from;
    Camera to;
    double startSeconds = 0.0;
  };

  void startTurn(const Camera& to, ViewEditor& editor, double now);

  std::optional<Drag> drag_;
  std::optional<Turn> turn_;
  std::set<ViewerCommand> heldKeys_;
  std::optional<dvec2> pointerPx_;
  std::optional<double> lastAdvance_;
  double flySpeed_ = 0.25;
};

}  // namespace volary
