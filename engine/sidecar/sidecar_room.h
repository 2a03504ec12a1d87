#pragma once

#include "sidecar/sidecar_builder.h"

namespace volary {

/// Throws Error if the levels might be larger than all may be, or than what the disk has free, as far as that is known.
void checkRoom(const PyramidJob& job, const SidecarFolder& folder, const SidecarSettings& settings);

}  // namespace volary
