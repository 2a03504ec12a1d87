#pragma once

#include "export/convert_writer.h"

#include <filesystem>

namespace volary {

/// Opens `main` as any reader would, and compares every voxel of every level with what is made once more from the
/// source. Throws Error, naming image, level and place, at the first difference.
void verifyConversion(const ConvertContext& context, const std::filesystem::path& main);

}  // namespace volary
