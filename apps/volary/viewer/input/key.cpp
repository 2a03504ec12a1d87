#include "viewer/input/key.h"

#include <array>
#include <string_view>

namespace volary {

namespace {

constexpr std::array<std::string_view, 22> kSpecialNames{
    "Esc", "Enter", "Tab", "Backspace", "Home", "End", "Left", "Right", "Up",  "Down", "F1",
    "F2",  "F3",    "F4",  "F5",        "F6",   "F7",  "F8",   "F9",    "F10", "F11",  "F12"};

}  // namespace

std::string modifiersName(const Modifiers& modifiers) {
  std::string name;
  if (modifiers.ctrl) name += "Ctrl+";
  if (modifiers.alt) name += "Alt+";
  if (modifiers.shift) name += "Shift+";
  return name;
}

std::string chordName(const KeyChord& chord) {
  const auto code = static_cast<std::size_t>(chord.key);
  const auto first = static_cast<std::size_t>(Key::escape);
  const std::string key =
      code >= first ? std::string(kSpecialNames[code - first]) : std::string(1, static_cast<char>(code));
  return modifiersName(chord.modifiers) + key;
}

}  // namespace volary
