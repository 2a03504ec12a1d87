#include "viewer/ui/frame_text.h"
#include "viewer/ui/panels.h"

#include "viewer/scale_bar.h"

#include <imgui.h>

#include <cmath>
#include <string>

namespace volary {

namespace {

FrameText levelText(const FrameReport& report) {
  int finest = -1, coarsest = -1;
  for (std::size_t level = 0; level < report.shownPerLevel.size(); ++level) {
    if (report.shownPerLevel[level] == 0) continue;
    if (finest < 0) finest = static_cast<int>(level);
    coarsest = static_cast<int>(level);
  }
  // The last level of an image that grows is a stand-in for those that are to come.
  const std::size_t lasting = report.levels.size() - (report.growing ? 1 : 0);
  const std::size_t last = lasting > 0 ? lasting - 1 : 0;
  if (report.growing && report.coarsestComplete && (finest < 0 || finest >= static_cast<int>(lasting)))
    return "preview";
  if (finest < 0) return "nothing loaded yet";
  if (finest == coarsest) return frameText("level {} of 0-{}", finest, last);
  return frameText("levels {}-{} of 0-{}", finest, coarsest, last);
}

FrameText completenessText(const ViewerModel& model) {
  if (!model.report.imagePresent) return "this image is missing in the file";
  if (model.report.imagesPending > 0) return frameText("opening {} images", model.report.imagesPending);
  if (model.report.awaitsPipelines) return "making the code that draws this view";
  if (!model.report.converged) return frameText("{:.0f} % of the wanted bricks", 100.0 * model.report.fractionComplete);
  if (!model.report.cacheHoldsAll)
    return frameText("incomplete: the page cache holds {} bricks, and the picture needs more (--cache-mb)",
                     model.report.slots);
  if (const std::uint32_t failed = model.bricksFailed(); failed > 0)
    return frameText("complete but for {} failed bricks", failed);
  if (!model.report.sharp) return "complete, sharpening";
  // The picture may be complete, and yet coarser than the pixels ask for.
  if (model.report.lodBias > 0.0)
    return frameText("complete, {:.1f} x coarser: the page cache is full", std::exp2(model.report.lodBias));
  return "complete";
}

// Coarser levels in the making.
FrameText sidecarText(const SidecarStatus& sidecar) {
  if (sidecar.state == SidecarStatus::State::building)
    return frameText("   building coarser levels: {:.0f} %", 100.0 * sidecar.fraction);
  return sidecar.state == SidecarStatus::State::waiting ? "   coarser levels wait for their turn" : "";
}

// Where the pointer is on a slice; in 3-D it is not at any one place.
FrameText pointerText(const ViewerModel& model, const std::string& unit) {
  const auto& pointer = model.navigation.pointerPx();
  const auto region = pointer ? findRegion(model.scene.regions, *pointer) : std::nullopt;
  if (!region || region->kind != RegionKind::slice) return "";
  const dvec3 world = slicePoint(*region, *pointer);
  const dvec3 voxel = transformPoint(glm::inverse(model.scene.geometry.worldFromVoxel), world);
  return frameText("voxel {:.1f}, {:.1f}, {:.1f}   {:.2f}, {:.2f}, {:.2f} {}", voxel.x, voxel.y, voxel.z, world.x,
                   world.y, world.z, displayUnit(unit));
}

// Only if all points of the picture have the same scale. World units are micrometres or voxels; a zoomed copy has the
// picture's own scale.
void drawScaleBar(const ViewRegion& region, const Camera& camera, const std::string& unit) {
  const ImGuiIO& io = ImGui::GetIO();
  const float perPx = 1.0f / io.DisplayFramebufferScale.x;
  const auto bar = makeScaleBar(worldPerPixel(region, camera), unit, 0.25 * region.sizePx.x);
  if (!bar) return;
  const float em = ImGui::GetFontSize();
  const float right = static_cast<float>(region.offsetPx.x + region.sizePx.x) * perPx - 1.2f * em;
  const float bottom = static_cast<float>(region.offsetPx.y + region.sizePx.y) * perPx - 2.6f * em;
  const float length = static_cast<float>(bar->lengthPx) * perPx;
  ImDrawList* list = ImGui::GetBackgroundDrawList();
  const ImU32 white = IM_COL32(255, 255, 255, 230), shadow = IM_COL32(0, 0, 0, 160);
  const ImVec2 from(right - length, bottom), to(right, bottom + 0.22f * em);
  list->AddRectFilled(ImVec2(from.x - 1, from.y - 1), ImVec2(to.x + 1, to.y + 1), shadow);
  list->AddRectFilled(from, to, white);
  const ImVec2 size = ImGui::CalcTextSize(bar->label.c_str());
  const ImVec2 place(right - 0.5f * (length + size.x), bottom - size.y - 0.15f * em);
  list->AddText(ImVec2(place.x + 1, place.y + 1), shadow, bar->label.c_str());
  list->AddText(place, white, bar->label.c_str());
}

}  // namespace

void drawStatusLine(const ViewerModel& model, const Session& session) {
  const View& view = model.editor.view();
  const ImageId image = session.imageOf(view);
  static const std::string kVoxel = "voxel";
  const std::string& unit =
      view.space == Space::voxel ? kVoxel : session.dataset().setups[static_cast<std::size_t>(image.setup)].unit;
  for (const ViewRegion& region : model.scene.regions) {
    const bool volume = region.kind == RegionKind::volume;
    // One bar is enough for the three slices, which have one scale.
    if (volume ? view.camera.projection == Projection::orthographic : region.sliceAxis == 2 || region.sliceAxis < 0)
      drawScaleBar(region, view.camera, unit);
  }

  FrameText line = levelText(model.report) + "   " + completenessText(model) + sidecarText(model.sidecar);
  if (session.dataset().timepoints.size() > 1) line += frameText("   time {}", view.timepoint);
  if (const FrameText pointer = pointerText(model, unit); !pointer.empty()) line += "   " + pointer;

  const ImVec2 display = ImGui::GetIO().DisplaySize;
  ImGui::SetNextWindowPos(ImVec2(0.0f, display.y), ImGuiCond_Always, ImVec2(0.0f, 1.0f));
  ImGui::SetNextWindowBgAlpha(0.55f);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowRounding, 0.0f);
  ImGui::PushStyleVar(ImGuiStyleVar_WindowPadding, ImVec2(8.0f, 3.0f));
  ImGui::PushStyleVar(ImGuiStyleVar_WindowMinSize, ImVec2(1.0f, 1.0f));
  const ImGuiWindowFlags flags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoInputs |
                                 ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoNav |
                                 ImGuiWindowFlags_NoFocusOnAppearing;
  if (ImGui::Begin("status", nullptr, flags)) ImGui::TextUnformatted(line.c_str());
  ImGui::End();
  ImGui::PopStyleVar(3);
}

}  // namespace volary
