#pragma once

#include "sidecar/sidecar_builder.h"

namespace volary {

/// Throws Error if the levels might exceed the bound for all sidecars, or the free space of the disk as far as it is
/// known.
void checkRoom(const PyramidJob& job, const SidecarFolder& folder, const SidecarSettings& settings);

}  // namespace volary
