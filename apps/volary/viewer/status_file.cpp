#include "viewer/status_file.h"

#include "base/error.h"

#include <nlohmann/json.hpp>

#include <cerrno>
#include <fstream>
#include <system_error>

namespace volary {

using json = nlohmann::ordered_json;

namespace {

json regionsJson(const std::vector<ViewRegion>& regions) {
  json list = json::array();
  for (const ViewRegion& region : regions)
    list.push_back({{"kind", region.kind == RegionKind::slice ? "slice" : "volume"},
                    {"axis", region.sliceAxis},
                    {"offsetPx", {region.offsetPx.x, region.offsetPx.y}},
                    {"sizePx", {region.sizePx.x, region.sizePx.y}}});
  return list;
}

json messagesJson(const Messages& messages) {
  json list = json::array();
  for (const Messages::Message& message : messages.all()) list.push_back(message.text);
  return list;
}

}  // namespace

void StatusFile::update(const ViewerModel& model, const State& state) {
  if (path_.empty()) return;
  ++frame_;
  json status{{"events", state.events},
              {"finished", model.pictureFinished() && state.upToDate},
              {"converged", model.report.converged},
              {"sharp", model.report.sharp},
              {"fractionComplete", model.report.fractionComplete},
              {"cacheHoldsAll", model.report.cacheHoldsAll},
              {"moving", model.navigation.moving()},
              {"view", json::parse(writeViewJson(model.editor.view()))},
              {"sizePx", {state.sizePx.x, state.sizePx.y}},
              {"regions", regionsJson(model.scene.regions)},
              {"panelsOpen", model.panelsOpen},
              {"helpOpen", model.helpOpen},
              {"fullScreen", state.fullScreen},
              {"flySpeed", model.navigation.flySpeed()},
              {"messages", messagesJson(model.messages)},
              {"screenshots", state.screenshots},
              {"bricksFailed", model.brickErrorCount},
              {"bricksUnreached", model.report.bricksUnreached},
              {"ahead",
               {{"loaded", model.report.ahead.loaded},
                {"used", model.report.ahead.used},
                {"wasted", model.report.ahead.wasted},
                {"resident", model.report.ahead.resident},
                {"loading", model.report.lookingAhead}}},
              {"sidecar", {{"state", sidecarStateName(model.sidecar.state)}, {"fraction", model.sidecar.fraction}}},
              {"levels", model.report.levels.size()},
              {"growing", model.report.growing},
              {"location", state.location}};
  const std::string text = status.dump();
  if (text == written_) return;
  written_ = text;
  status["frame"] = frame_;

  const std::filesystem::path temporary = path_.string() + ".part";
  std::ofstream file(temporary, std::ios::binary | std::ios::trunc);
  file << status.dump(1) << '\n';
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(temporary, path_, error);
  if (!file || error)
    fail("{}: the status can't be written: {}", path_.string(), error ? error.message() : systemErrorText(errno));
}

}  // namespace volary
