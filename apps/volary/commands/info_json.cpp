#include "commands/info.h"

#include <nlohmann/json.hpp>

#include <limits>

namespace volary {

namespace {

using Json = nlohmann::ordered_json;

template <typename Vector>
Json vectorJson(const Vector& v) {
  return Json::array({v.x, v.y, v.z});
}

// 3 x 4, row-major, as BigDataViewer writes it.
Json affineJson(const dmat4& matrix) {
  Json numbers = Json::array();
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 4; ++column) numbers.push_back(matrix[column][row]);
  return numbers;
}

Json levelsJson(Source& source, const SetupInfo& info, CountBytes count) {
  Json levels = Json::array();
  const auto bytes = findBytesStored(source, info, count);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const LevelInfo& level = info.pyramid->levels[i];
    levels.push_back({{"size", vectorJson(level.sizeVoxels)},
                      {"factor", vectorJson(level.factor)},
                      {"chunk", vectorJson(level.chunkVoxels)},
                      {"codec", level.codec},
                      {"bytesStored", bytes[i] ? Json(*bytes[i]) : Json(nullptr)}});
  }
  return levels;
}

Json imageJson(Source& source, const SetupInfo& info, CountBytes count) {
  const std::vector<int>& ids = source.dataset().timepoints;
  Json timepoints = Json::array();
  Json transforms = Json::object();
  for (std::size_t t = 0; t < ids.size(); ++t) {
    if (!info.setup->present[t]) continue;
    timepoints.push_back(ids[t]);
    transforms[std::to_string(ids[t])] = affineJson(info.setup->worldFromVoxel[t]);
  }
  return {{"setup", info.setup->id},
          {"name", info.setup->name},
          {"timepoints", timepoints},
          {"voxelType", info.pyramid ? Json(voxelTypeName(info.pyramid->voxelType)) : Json(nullptr)},
          {"voxelSize", vectorJson(info.setup->voxelSize)},
          {"unit", info.setup->unit},
          {"worldFromVoxel", transforms},
          {"levels", info.pyramid ? levelsJson(source, info, count) : Json::array()}};
}

}  // namespace

std::string makeInfoJson(Source& source, CountBytes count) {
  Json images = Json::array();
  Json unreadable = Json::array();
  for (const SetupInfo& info : readSetups(source, std::numeric_limits<std::size_t>::max())) {
    images.push_back(imageJson(source, info, count));
    if (!info.error.empty()) unreadable.push_back(info.error);
  }
  Json warnings = source.dataset().warnings;
  warnings.insert(warnings.end(), unreadable.begin(), unreadable.end());
  const Json made = {{"format", source.dataset().format},
                     {"file", source.dataset().location},
                     {"images", images},
                     {"warnings", warnings}};
  // Names come from the file: bytes that are not UTF-8 are replaced, so that the result stays readable.
  return made.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace volary
