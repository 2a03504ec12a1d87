#include "picture/resolution_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <cmath>

namespace volary {

namespace {

constexpr std::size_t kLastBin = shared::kResolutionBins - 1;

}  // namespace

std::string resolutionLabel(std::size_t levelsCoarser) {
  if (levelsCoarser == 0) return "as wanted";
  if (levelsCoarser == kLastBin) return fmt::format("{} levels coarser, or more", levelsCoarser);
  return fmt::format("{} level{} coarser", levelsCoarser, levelsCoarser == 1 ? "" : "s");
}

std::string wantedByText(WantedBy by, double lodBias) {
  switch (by) {
    case WantedBy::pageCache:
      return fmt::format("{:.1f} x coarser than the screen's pixels, as the page cache is full", std::exp2(lodBias));
    case WantedBy::pinnedLevel: return "one level for all pixels, as it is pinned";
    case WantedBy::screen: break;
  }
  return "what the screen's pixels can show";
}

nlohmann::ordered_json makeResolutionJson(const ShownResolution& resolution, WantedBy by) {
  nlohmann::ordered_json coarser = nlohmann::ordered_json::object();
  for (std::size_t i = 0; i < resolution.pixels.size(); ++i)
    coarser[std::to_string(i) + (i == kLastBin ? "+" : "")] = resolution.pixels[i];
  const char* wanted = by == WantedBy::pinnedLevel ? "pinned level"
                       : by == WantedBy::pageCache ? "page cache"
                                                   : "screen";
  return {{"asWanted", resolution.asWanted()}, {"coarser", coarser}, {"wantedBy", wanted}};
}

}  // namespace volary
