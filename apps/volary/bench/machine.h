#pragma once

#include <string>

/// Where and when a figure was measured.
namespace volary {

std::string hostName();
/// "Intel(R) ..." as Linux names it; empty if it does not.
std::string findCpuName();
unsigned coreCount();
/// Processes that wanted a core in the last minute: the benchmark's own, and whatever else the machine does.
double loadAverage();
/// "2026-11-22 15:04 UTC"
std::string dateText();

}  // namespace volary
