#pragma once

#include <filesystem>

namespace volary {

/// Has a child process open the file and look at its objects, their types, tables and indices of chunks, for a short
/// time: the library (1.10.8) crashes or hangs on some malformed files. Throws Error, "FILE: cause", if it does so there.
/// What the child had no time for, or what changes afterwards, is not vouched for.
void probeHdf5(const std::filesystem::path& file);

}  // namespace volary
