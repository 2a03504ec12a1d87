#pragma once

#include "viewer/input/key.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// Every key and mouse gesture of the viewer. The tables that dispatch them are also those that the help shows, so that
/// the two can't differ.
namespace volary {

enum class ViewerCommand {
  flyForward,
  flyBack,
  flyLeft,
  flyRight,
  flyDown,
  flyUp,
  turnLeft,
  turnRight,
  zoomIn,
  zoomOut,
  alignXy,
  alignZy,
  alignXz,
  toggleProjection,
  resetView,
  undo,
  redo,
  stepBack,
  stepForward,
  previousTimepoint,
  nextTimepoint,
  chooseSetup,
  toggleVisible,
  toggleFused,
  nextBlend,
  toggleLayout,
  toggleOblique,
  toggleMode,
  nextMode,
  toggleLighting,
  toggleInterpolation,
  toggleClip,
  addClipPlane,
  addShownPlane,
  autoContrast,
  toggleOverlay,
  toggleResolution,
  retryFailed,
  togglePanel,
  toggleHelp,
  toggleFullScreen,
  screenshot,
  closeDialogs,
  quit,
};

/// What a key does while it stays down.
enum class KeyUse {
  press,         ///< once
  repeat,        ///< again and again
  scaledRepeat,  ///< again and again; Shift makes it 10 times faster, Ctrl 10 times slower
  held,          ///< acts for as long as it is down
};

struct CommandInfo {
  ViewerCommand command;
  std::string_view id;     ///< for programs: "align-xy"
  std::string_view group;  ///< the heading in the help
  std::string_view text;   ///< what it does, for people
  KeyUse use = KeyUse::press;
  std::vector<KeyChord> chords;
};

/// All commands in the order of the help.
std::span<const CommandInfo> commandTable();

struct KeyMatch {
  ViewerCommand command;
  KeyUse use = KeyUse::press;
  double scale = 1.0;  ///< 10 or 0.1 if Shift or Ctrl changes the speed
  int choice = 0;      ///< which of the command's chords it was, counted from 0
};

std::optional<KeyMatch> findCommand(const KeyChord& chord);

enum class MousePlace { volume, slice, oblique };
enum class MouseTrigger { click, leftDrag, middleDrag, rightDrag, wheel, wheelWithRightButton };
enum class MouseAction { orbit, look, pan, zoom, flySpeed, setCross, stepSlice, zoomAtCursor, turnSlice };

struct MouseInfo {
  MousePlace place;
  MouseTrigger trigger;
  Modifiers modifiers;
  MouseAction action;
  std::string_view id;
  std::string_view text;
  bool scaled = false;  ///< Shift: 10 times faster, Ctrl: 10 times slower
};

std::span<const MouseInfo> mouseTable();

struct MouseMatch {
  MouseAction action;
  double scale = 1.0;
};

std::optional<MouseMatch> findMouseAction(MousePlace place, MouseTrigger trigger, const Modifiers& modifiers);

/// All chords of a command, for people; nine numbers as a range: "1 to 9".
std::string chordsName(const CommandInfo& info, std::string_view separator);

/// "Ctrl+Shift+wheel", "left drag".
std::string gestureName(const MouseInfo& info);

/// All of it as text with one gesture in each line, and as JSON:
/// {"keys": [{"command", "group", "text", "held", "keys": []}], "mouse": [{"action", "place", "gesture", "text"}]}.
std::string keysText();
std::string keysJson();

}  // namespace volary
