#include "picture/picture_text.h"

#include "picture/resolution_text.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <string>

namespace volary {

PictureContent contentOf(const RenderStats& stats) {
  return {.bricksWanted = stats.bricksWanted,
          .bricksShown = stats.bricksResident,
          .bricksFailed = stats.bricksFailed,
          .bricksHidden = stats.bricksHidden,
          .lodBias = stats.last.lodBias,
          .wantedBy = stats.last.wantedBy,
          .resolution = stats.resolution,
          .shownPerLevel = stats.shownPerLevel};
}

PictureContent contentOf(const FrameReport& report) {
  PictureContent content{.bricksWanted = report.peaks.wanted,
                         .bricksShown = report.peaks.resident,
                         .bricksFailed = report.peaks.failed,
                         .bricksHidden = report.converged ? report.bricksUnreached : 0,
                         .cacheHeldAll = report.cacheHoldsAll,
                         .lodBias = report.lodBias,
                         .wantedBy = report.wantedBy,
                         .resolution = report.resolution};
  for (const LevelCounts& level : report.levels) {
    content.bricksWanted += level.wanted;
    content.bricksShown += level.resident;
    content.bricksFailed += level.failed;
  }
  for (std::size_t level = 0; level < report.shownPerLevel.size(); ++level)
    if (report.shownPerLevel[level] > 0) content.shownPerLevel[static_cast<int>(level)] = report.shownPerLevel[level];
  return content;
}

int percentShown(const PictureContent& content) {
  const std::uint64_t there = content.bricksShown + content.bricksHidden;
  const int percent = content.bricksWanted > 0 ? static_cast<int>(100 * there / content.bricksWanted) : 100;
  return content.cacheHeldAll ? percent : std::min(percent, 99);
}

std::vector<PngText> makePictureTexts(const View& view, const PictureContent& content) {
  nlohmann::ordered_json levels = nlohmann::ordered_json::object();
  for (const auto& [level, bricks] : content.shownPerLevel) levels[std::to_string(level)] = bricks;
  nlohmann::ordered_json shown = {{"bricksWanted", content.bricksWanted},
                                  {"bricksShown", content.bricksShown},
                                  {"bricksFailed", content.bricksFailed},
                                  {"bricksHidden", content.bricksHidden},
                                  {"cacheHeldAll", content.cacheHeldAll},
                                  {"lodBias", content.lodBias},
                                  {"levelShown", levels}};
  if (content.resolution) shown["resolution"] = makeResolutionJson(*content.resolution, content.wantedBy);
  return {{"Software", "Volary " VOLARY_VERSION},
          {kViewKeyword, writeViewJson(view)},
          {"volary:converged", fmt::format("{} %", percentShown(content))},
          {"volary:shown", shown.dump()}};
}

}  // namespace volary
