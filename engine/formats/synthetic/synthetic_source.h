#pragma once

#include "pyramid/source.h"

#include <memory>
#include <string>

namespace volary {

/// Whether `location` begins with "synthetic:".
bool isSyntheticLocation(const std::string& location);

/// Opens a field that is computed chunk by chunk and never stored: "synthetic:NAME?key=value&...", NAME one of embryo,
/// ramp, constant, sphere. Costs nothing but metadata, at any size.
///
/// Keys of all fields: size (voxels, "512x512x384"), levels, factor (between levels, 2), chunk (32), voxelsize (um),
/// timepoints (1). Ramp, constant and sphere also have type (uint16; uint8, float32), setups (1), and the keys that
/// analytic_fields.h lists; values are rounded to the nearest and cut to the type's range. Throws Error, in one
/// sentence, for an unknown name or key or a bad value.
std::unique_ptr<Source> openSynthetic(const std::string& location);

}  // namespace volary
