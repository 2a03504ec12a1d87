#pragma once

#include "paging/render_converged.h"
#include "sidecar/sidecar_source.h"

#include <string>

namespace volary {

/// What drawing a picture took, as JSON with the keys that `volary render --help` lists.
std::string makeStatsJson(const RenderStats& stats, const std::string& deviceName, const SidecarStatus& sidecar);

}  // namespace volary
