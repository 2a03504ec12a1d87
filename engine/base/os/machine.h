#pragma once

#include <string>

/// The machine that this runs on, for whoever reads a figure that was measured.
namespace volary::os {

std::string hostName();
/// "Intel(R) ..." as Linux names it; empty if it does not.
std::string findCpuName();
unsigned coreCount();
/// Processes that wanted a core in the last minute: the benchmark's own, and whatever else the machine does.
double loadAverage();

}  // namespace volary::os
