#include "viewer/input/keymap.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace volary {

namespace {

constexpr double kFast = 10.0;  // BigDataViewer's factors for Shift and Ctrl
constexpr double kSlow = 0.1;

constexpr std::string_view kCamera = "Camera";
constexpr std::string_view kSlices = "Slices";
constexpr std::string_view kData = "Data";
constexpr std::string_view kDisplay = "Display";
constexpr std::string_view kWindow = "Window";

KeyChord on(char key, const Modifiers& modifiers = kNoModifiers) { return {keyOf(key), modifiers}; }
KeyChord on(Key key, const Modifiers& modifiers = kNoModifiers) { return {key, modifiers}; }

// Tables read by their columns.
// clang-format off
std::vector<CommandInfo> makeCommandTable() {
  using C = ViewerCommand;
  using U = KeyUse;
  return {
      {C::flyForward, "fly-forward", kCamera, "Fly forward", U::held, {on('W')}},
      {C::flyBack, "fly-back", kCamera, "Fly back", U::held, {on('S')}},
      {C::flyLeft, "fly-left", kCamera, "Fly left", U::held, {on('A')}},
      {C::flyRight, "fly-right", kCamera, "Fly right", U::held, {on('D')}},
      {C::flyDown, "fly-down", kCamera, "Fly down", U::held, {on('Q')}},
      {C::flyUp, "fly-up", kCamera, "Fly up", U::held, {on('E')}},
      {C::turnLeft, "turn-left", kCamera, "Turn the specimen left", U::scaledRepeat, {on(Key::left)}},
      {C::turnRight, "turn-right", kCamera, "Turn the specimen right", U::scaledRepeat, {on(Key::right)}},
      {C::zoomIn, "zoom-in", kCamera, "Zoom in", U::scaledRepeat, {on(Key::up)}},
      {C::zoomOut, "zoom-out", kCamera, "Zoom out", U::scaledRepeat, {on(Key::down)}},
      {C::alignXy, "align-xy", kCamera, "Look along z, at the XY plane", U::press, {on('Z', kShift)}},
      {C::alignZy, "align-zy", kCamera, "Look along x, at the ZY plane", U::press, {on('X', kShift)}},
      {C::alignXz, "align-xz", kCamera, "Look along y, at the XZ plane", U::press,
       {on('Y', kShift), on('A', kShift)}},
      {C::toggleProjection, "toggle-projection", kCamera, "Perspective or orthographic", U::press, {on('O')}},
      {C::resetView, "reset-view", kCamera, "See the whole image again", U::press,
       {on(Key::home), on(Key::backspace)}},
      {C::undo, "undo", kCamera, "Undo the last change of the view", U::repeat, {on('Z', kCtrl)}},
      {C::redo, "redo", kCamera, "Redo it", U::repeat, {on('Z', kCtrlShift), on('Y', kCtrl)}},

      {C::stepBack, "step-back", kSlices, "One plane back (3-D: a step back)", U::scaledRepeat, {on(',')}},
      {C::stepForward, "step-forward", kSlices, "One plane on (3-D: a step forward)", U::scaledRepeat,
       {on('.')}},

      {C::previousTimepoint, "previous-timepoint", kData, "Previous time point", U::repeat, {on('['), on('N')}},
      {C::nextTimepoint, "next-timepoint", kData, "Next time point", U::repeat, {on(']'), on('M')}},
      {C::chooseSetup, "choose-setup", kData, "First to ninth setup as the current one", U::press,
       {on('1'), on('2'), on('3'), on('4'), on('5'), on('6'), on('7'), on('8'), on('9')}},
      {C::toggleVisible, "toggle-visible", kData, "Show or hide it among all at once", U::press,
       {on('1', kShift), on('2', kShift), on('3', kShift), on('4', kShift), on('5', kShift), on('6', kShift),
        on('7', kShift), on('8', kShift), on('9', kShift)}},
      {C::toggleFused, "toggle-fused", kData, "All visible setups at once, or the current one", U::press, {on('F')}},
      {C::nextBlend, "next-blend", kData, "Mix them as sum, maximum or one over the other", U::press, {on('U')}},

      {C::toggleLayout, "toggle-layout", kDisplay, "3-D, or slices in three planes and 3-D", U::press, {on('V')}},
      {C::toggleOblique, "toggle-oblique", kDisplay, "One slice of any orientation, or 3-D", U::press, {on('V', kShift)}},
      {C::toggleMode, "toggle-mode", kDisplay, "Maximum intensity or compositing", U::press, {on('C')}},
      {C::nextMode, "next-mode", kDisplay, "Next mode: maximum, minimum, average, sum, ...", U::repeat, {on('C', kShift)}},
      {C::toggleLighting, "toggle-lighting", kDisplay, "Light on the compositing", U::press, {on('L')}},
      {C::toggleInterpolation, "toggle-interpolation", kDisplay, "Nearest or trilinear interpolation", U::press,
       {on('I')}},
      {C::toggleClip, "toggle-clip", kDisplay, "The cut on or off", U::press, {on('X')}},
      {C::addClipPlane, "add-clip-plane", kDisplay, "Cut with a plane across the view", U::press, {on('B')}},
      {C::addShownPlane, "add-shown-plane", kDisplay, "Show a plane across the view in the volume", U::press, {on('B', kShift)}},
      {C::autoContrast, "auto-contrast", kDisplay, "Contrast from what is on screen", U::press, {on('K')}},
      {C::toggleOverlay, "toggle-overlay", kDisplay, "Residency: which bricks the page cache holds",
       U::press, {on('R')}},
      {C::toggleResolution, "toggle-resolution", kDisplay, "Resolution: which pixels are coarser than wanted",
       U::press, {on('R', kShift)}},

      {C::togglePanel, "toggle-panel", kWindow, "Panels on or off", U::press, {on('P')}},
      {C::toggleHelp, "toggle-help", kWindow, "This help", U::press, {on(Key::f1), on('H')}},
      {C::retryFailed, "retry-failed", kWindow, "Try the failed bricks again", U::press, {on(Key::f5)}},
      {C::toggleFullScreen, "toggle-full-screen", kWindow, "Full screen", U::press, {on(Key::f11)}},
      {C::screenshot, "screenshot", kWindow, "Save the picture as PNG in the working directory", U::press,
       {on(Key::f12), on('S', kCtrl)}},
      {C::closeDialogs, "close-dialogs", kWindow, "Close the help and the messages", U::press, {on(Key::escape)}},
      {C::quit, "quit", kWindow, "Quit", U::press, {on('Q', kCtrl)}},
  };
}

constexpr MouseInfo kMouseTable[] = {
    {MousePlace::volume, MouseTrigger::leftDrag, {}, MouseAction::orbit, "orbit", "Turn the specimen", true},
    {MousePlace::volume, MouseTrigger::middleDrag, {}, MouseAction::pan, "pan", "Move the specimen"},
    {MousePlace::volume, MouseTrigger::rightDrag, {}, MouseAction::look, "look", "Look around (with W A S D Q E: fly)"},
    {MousePlace::volume, MouseTrigger::wheel, {}, MouseAction::zoom, "zoom", "Zoom", true},
    {MousePlace::volume, MouseTrigger::wheelWithRightButton, {}, MouseAction::flySpeed, "fly-speed", "Flying speed"},
    {MousePlace::slice, MouseTrigger::click, {}, MouseAction::setCross, "set-cross", "Move the planes to this point"},
    {MousePlace::slice, MouseTrigger::leftDrag, {}, MouseAction::pan, "pan", "Move the image"},
    {MousePlace::slice, MouseTrigger::middleDrag, {}, MouseAction::pan, "pan", "Move the image"},
    {MousePlace::slice, MouseTrigger::rightDrag, {}, MouseAction::pan, "pan", "Move the image"},
    {MousePlace::slice, MouseTrigger::wheel, kCtrlShift, MouseAction::zoomAtCursor, "zoom-at-cursor",
     "Zoom at the cursor"},
    {MousePlace::slice, MouseTrigger::wheel, {}, MouseAction::stepSlice, "step-slice", "Step through the planes", true},
    {MousePlace::oblique, MouseTrigger::leftDrag, {}, MouseAction::turnSlice, "turn-slice", "Turn about the pointer", true},
    {MousePlace::oblique, MouseTrigger::middleDrag, {}, MouseAction::pan, "pan", "Move the image"},
    {MousePlace::oblique, MouseTrigger::rightDrag, {}, MouseAction::pan, "pan", "Move the image"},
    {MousePlace::oblique, MouseTrigger::wheel, kCtrlShift, MouseAction::zoomAtCursor, "zoom-at-cursor",
     "Zoom at the cursor"},
    {MousePlace::oblique, MouseTrigger::wheel, {}, MouseAction::stepSlice, "step-slice", "Move along the normal", true},
};
// clang-format on

std::string_view placeName(MousePlace place) {
  switch (place) {
    case MousePlace::volume: return "3-D";
    case MousePlace::slice: return "slice";
    case MousePlace::oblique: break;
  }
  return "oblique";
}

struct Speed {
  Modifiers modifiers;
  double scale;
};
constexpr Speed kSpeeds[] = {{kNoModifiers, 1.0}, {kShift, kFast}, {kCtrl, kSlow}};

std::string_view triggerName(MouseTrigger trigger) {
  switch (trigger) {
    case MouseTrigger::click: return "click";
    case MouseTrigger::leftDrag: return "left drag";
    case MouseTrigger::middleDrag: return "middle drag";
    case MouseTrigger::rightDrag: return "right drag";
    case MouseTrigger::wheel: return "wheel";
    case MouseTrigger::wheelWithRightButton: return "right button + wheel";
  }
  return "";
}

}  // namespace

std::span<const CommandInfo> commandTable() {
  static const std::vector<CommandInfo> table = makeCommandTable();
  return table;
}

std::optional<KeyMatch> findCommand(const KeyChord& chord) {
  for (const CommandInfo& info : commandTable()) {
    for (std::size_t i = 0; i < info.chords.size(); ++i) {
      const KeyChord& bound = info.chords[i];
      if (bound.key != chord.key) continue;
      const int choice = static_cast<int>(i);
      if (bound.modifiers == chord.modifiers) return KeyMatch{info.command, info.use, 1.0, choice};
      if (info.use != KeyUse::scaledRepeat) continue;
      for (const Speed& speed : kSpeeds)
        if (speed.modifiers == chord.modifiers) return KeyMatch{info.command, info.use, speed.scale, choice};
    }
  }
  return std::nullopt;
}

std::span<const MouseInfo> mouseTable() { return kMouseTable; }

std::optional<MouseMatch> findMouseAction(MousePlace place, MouseTrigger trigger, const Modifiers& modifiers) {
  for (const MouseInfo& info : kMouseTable) {
    if (info.place != place || info.trigger != trigger) continue;
    if (info.modifiers == modifiers) return MouseMatch{info.action, 1.0};
    if (!info.scaled) continue;
    for (const Speed& speed : kSpeeds)
      if (speed.modifiers == modifiers) return MouseMatch{info.action, speed.scale};
  }
  return std::nullopt;
}

std::string chordsName(const CommandInfo& info, std::string_view separator) {
  if (info.chords.size() == 9) return chordName(info.chords.front()) + " to " + chordName(info.chords.back());
  std::string names;
  for (const KeyChord& chord : info.chords) {
    if (!names.empty()) names += separator;
    names += chordName(chord);
  }
  return names;
}

std::string gestureName(const MouseInfo& info) {
  return modifiersName(info.modifiers) + std::string(triggerName(info.trigger));
}

std::string keysText() {
  std::string text;
  std::string_view group;
  for (const CommandInfo& info : commandTable()) {
    if (info.group != group) text += fmt::format("{}{}\n", text.empty() ? "" : "\n", info.group);
    group = info.group;
    text += fmt::format("  {:<26}{}\n", chordsName(info, "  "), info.text);
  }
  text += "\nMouse\n";
  for (const MouseInfo& info : kMouseTable)
    text += fmt::format("  {:<26}{}\n", fmt::format("{}: {}", placeName(info.place), gestureName(info)), info.text);
  text += "\nShift makes steps, zoom and turns ten times faster, Ctrl ten times slower.\n";
  return text;
}

std::string keysJson() {
  nlohmann::ordered_json keys = nlohmann::ordered_json::array();
  for (const CommandInfo& info : commandTable()) {
    nlohmann::ordered_json names = nlohmann::ordered_json::array();
    for (const KeyChord& chord : info.chords) names.push_back(chordName(chord));
    keys.push_back({{"command", info.id},
                    {"group", info.group},
                    {"text", info.text},
                    {"held", info.use == KeyUse::held},
                    {"keys", names}});
  }
  nlohmann::ordered_json mouse = nlohmann::ordered_json::array();
  for (const MouseInfo& info : kMouseTable)
    mouse.push_back({{"action", info.id},
                     {"place", info.place == MousePlace::volume ? "volume" : placeName(info.place)},
                     {"gesture", gestureName(info)},
                     {"text", info.text}});
  return nlohmann::ordered_json{{"keys", keys}, {"mouse", mouse}}.dump(1) + "\n";
}

}  // namespace volary
