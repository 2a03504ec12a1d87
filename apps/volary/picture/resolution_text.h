#pragma once

#include "paging/engine.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <string>

namespace volary {

/// Describes a kind of pixels, by its index in PixelsByResolution.
std::string resolutionLabel(std::size_t levelsCoarser);

/// What decides a picture's levels, for people; `lodBias` is WantedSet::bias.
std::string wantedByText(WantedBy by, double lodBias);

/// {"asWanted": share of the pixels that show a voxel, "coarser": {"0": pixels, "1", "2", "3", "4+"}, "wantedBy":
/// "screen", "page cache" or "pinned level"}. If nothing wanted is missing, nothing is counted, and all pixels are as
/// wanted.
nlohmann::ordered_json makeResolutionJson(const ShownResolution& resolution, WantedBy by);

}  // namespace volary
