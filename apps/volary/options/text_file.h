#pragma once

#include <filesystem>
#include <string>

namespace volary {

/// The whole file. Throws Error, naming file and cause, if it can't be read or has more than 16 MiB: no view
/// has.
std::string readTextFile(const std::filesystem::path& path);

}  // namespace volary
