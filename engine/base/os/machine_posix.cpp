#include "base/os/machine.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <thread>

#include <sys/utsname.h>

namespace volary::os {

std::string hostName() {
  utsname name{};
  return ::uname(&name) == 0 ? name.nodename : "";
}

std::string findCpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  return {};
}

unsigned coreCount() { return std::max(1u, std::thread::hardware_concurrency()); }

double loadAverage() {
  double load = 0.0;
  return ::getloadavg(&load, 1) == 1 ? load : 0.0;
}

}  // namespace volary::os
