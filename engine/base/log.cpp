#include "base/log.h"

#include <cstdio>
#include <string>

namespace volary {

namespace {

// One fwrite per line: stdio locks the stream for the call, so that lines stay whole.
void writeLine(const std::string& line) { std::fwrite(line.data(), 1, line.size(), stderr); }

}  // namespace

void logWarning(std::string_view text) { writeLine(fmt::format("volary: warning: {}\n", text)); }

void logInfo(std::string_view text) { writeLine(fmt::format("volary: {}\n", text)); }

}  // namespace volary
