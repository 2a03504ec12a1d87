#pragma once

#include <filesystem>
#include <string>

namespace volary::test {

/// Python for a script of runPython: `expect(location, setup, time, level, array)` with an array [z, y, x] says what
/// voxels Volary is to read there, and `location` is relative to the folder or a pattern in it.
extern const char* const kExpectPython;

/// Opens every location that a script has named with `expect` and compares all its voxels, bit for bit; the setups,
/// time points and levels must be those that were named and no more. Returns how many images were compared.
int checkExpectedVoxels(const std::filesystem::path& folder);

}  // namespace volary::test
