#include "bench/machine.h"

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <thread>

#include <sys/utsname.h>

namespace volary {

std::string findCpuName() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);)
    if (line.starts_with("model name")) return line.substr(std::min(line.size(), line.find(':') + 2));
  return {};
}

double loadAverage() {
  double load = 0.0;
  return getloadavg(&load, 1) == 1 ? load : 0.0;
}

std::string dateText() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M UTC", &utc);
  return text;
}

std::string hostName() {
  utsname name{};
  return uname(&name) == 0 ? name.nodename : "";
}

unsigned coreCount() { return std::max(1u, std::thread::hardware_concurrency()); }

}  // namespace volary
