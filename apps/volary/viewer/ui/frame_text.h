#pragma once

#include "base/frame_memory.h"

#include <fmt/format.h>

#include <iterator>
#include <string>
#include <utility>

namespace volary {

/// Text that is drawn and forgotten: see FrameScope.
using FrameText = std::basic_string<char, std::char_traits<char>, FrameAllocator<char>>;

template <typename... Args>
FrameText frameText(fmt::format_string<Args...> format, Args&&... args) {
  FrameText text;
  fmt::format_to(std::back_inserter(text), format, std::forward<Args>(args)...);
  return text;
}

}  // namespace volary
