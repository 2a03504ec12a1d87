#include "commands/render_stats.h"

#include "base/os/process_figures.h"
#include "base/quantile.h"
#include "picture/resolution_text.h"

#include <nlohmann/json.hpp>

namespace volary {

std::string makeStatsJson(const RenderStats& stats, const std::string& deviceName, const SidecarStatus& sidecar) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::object();
  for (const auto& [level, bricks] : stats.shownPerLevel) levels[std::to_string(level)] = bricks;
  const nlohmann::ordered_json made = {
      {"converged", stats.last.converged},
      {"bricksWanted", stats.bricksWanted},
      {"bricksResident", stats.bricksResident},
      {"bricksFailed", stats.bricksFailed},
      {"bricksHidden", stats.bricksHidden},
      {"bricksPeaks", stats.bricksPeaks},
      {"cacheHeldAll", stats.parts == 1 && stats.last.cacheHoldsAll},
      {"parts", stats.parts},
      {"bytesNeeded", stats.bytesNeeded},
      {"bytesRead", stats.last.loader.bytesRead},
      {"readCalls", stats.last.loader.readCalls},
      {"bytesDecoded", stats.last.loader.bytesDecoded},
      {"bytesUploaded", stats.last.bytesUploaded},
      {"transferQueue", stats.last.transferQueue},
      {"msFirstImage", stats.msFirstImage},
      {"msConverged", stats.msConverged},
      {"frameMs",
       {{"p50", quantileOf(stats.frameMs, 0.5)},
        {"p95", quantileOf(stats.frameMs, 0.95)},
        {"p99", quantileOf(stats.frameMs, 0.99)}}},
      {"gpuMs", stats.last.gpuMs},
      {"levelShown", levels},
      {"lodBias", stats.last.lodBias},
      {"resolution", makeResolutionJson(stats.resolution, stats.last.wantedBy)},
      {"pageCacheBytes", stats.last.pageCacheBytes},
      {"hostCacheBytes", stats.last.loader.hostCacheBytes},
      {"hostCachePeakBytes", stats.last.loader.hostCachePeakBytes},
      {"storedPeakBytes", stats.last.loader.storedPeakBytes},
      {"brickPeakBytes", stats.last.loader.brickPeakBytes},
      {"threads", stats.last.loader.threads},
      {"bricksInFlight", stats.last.loader.inFlight},
      {"bricksFinished", stats.last.loader.finished},
      {"bricksDropped", stats.last.loader.bricksDropped},
      {"heldBytes", stats.last.hostMemory.bytes},
      {"heldPeakBytes", stats.last.hostMemory.peakBytes},
      {"heldBytesBound", stats.last.hostMemory.boundBytes},
      {"peakHostBytes", os::peakResidentBytes()},
      {"sidecar", {{"state", sidecarStateName(sidecar.state)}, {"fraction", sidecar.fraction}}},
      {"device", deviceName},
  };
  return made.dump(2) + "\n";
}

}  // namespace volary
