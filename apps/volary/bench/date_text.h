#pragma once

#include <string>

namespace volary {

/// When a figure was measured: "2026-11-22 15:04 UTC".
std::string dateText();

}  // namespace volary
