#pragma once

#include <filesystem>
#include <string>

namespace volary {

/// The whole file. Throws Error, naming file and cause, if it can't be read or has more than 16 MiB: no view
/// has.
std::string readTextFile(const std::filesystem::path& path);

/// Writes the file whole or not at all. Throws Error as AtomicFile does.
void writeTextFile(const std::filesystem::path& path, const std::string& text);

}  // namespace volary
