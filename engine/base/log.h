#pragma once

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace volary {

/// Writes one line to standard error, "volary: warning: <text>". Any thread; lines of two threads never mix.
void logWarning(std::string_view text);

/// Writes one line to standard error, "volary: <text>". Any thread; lines of two threads never mix.
void logInfo(std::string_view text);

}  // namespace volary
