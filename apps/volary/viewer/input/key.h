#pragma once

#include <cstdint>
#include <string>

namespace volary {

/// A key by what is printed on it. Printable keys are their ASCII code, letters in upper case; the others follow.
enum class Key : std::uint16_t {
  none = 0,
  escape = 256,
  enter,
  tab,
  backspace,
  home,
  end,
  left,
  right,
  up,
  down,
  f1,
  f2,
  f3,
  f4,
  f5,
  f6,
  f7,
  f8,
  f9,
  f10,
  f11,
  f12,
};

constexpr Key keyOf(char letter) { return static_cast<Key>(letter); }

struct Modifiers {
  bool shift = false;
  bool ctrl = false;
  bool alt = false;
  bool operator==(const Modifiers&) const = default;
};

inline constexpr Modifiers kNoModifiers{};
inline constexpr Modifiers kShift{.shift = true};
inline constexpr Modifiers kCtrl{.ctrl = true};
inline constexpr Modifiers kCtrlShift{.shift = true, .ctrl = true};

/// A key with the modifiers that must be held.
struct KeyChord {
  Key key = Key::none;
  Modifiers modifiers;
  bool operator==(const KeyChord&) const = default;
};

/// As a person reads it: "Ctrl+Shift+Z", "F1", "[".
std::string chordName(const KeyChord& chord);
std::string modifiersName(const Modifiers& modifiers);  ///< "Ctrl+Shift+", or nothing

}  // namespace volary
