#include "viewer/commands.h"
#include "viewer/ui/choice.h"
#include "viewer/ui/frame_text.h"
#include "viewer/ui/panels.h"

#include <imgui.h>

#include <algorithm>

namespace volary {

namespace {

constexpr int kMostRows = 8;

FrameText labelOf(const Setup& setup) {
  return setup.name.empty() ? frameText("setup {}", setup.id) : frameText("{}: {}", setup.id, setup.name);
}

void drawBlend(ViewerModel& model, const View& view, double now) {
  bool fused = view.fused;
  if (ImGui::Checkbox("All at once", &fused)) model.editor.edit("fused", now, [&](View& v) { v.fused = fused; });
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Show all setups that are ticked, not the current one alone");
  if (!view.fused) return;
  drawChoice(view.blend, {Blend::sum, Blend::maximum, Blend::over},
             [&](Blend blend) { model.editor.edit("blend", now, [=](View& v) { v.blend = blend; }); });
}

void drawRow(ViewerModel& model, const View& view, const Setup& setup, double now) {
  const SetupLook look = lookOf(view, setup.id);
  bool visible = look.visible;
  if (ImGui::Checkbox("##visible", &visible))
    model.editor.edit("visible", now, [&](View& v) { editLook(v, setup.id).visible = visible; });
  ImGui::SameLine();
  float colour[3] = {float(look.colour.r), float(look.colour.g), float(look.colour.b)};
  if (ImGui::ColorEdit3("##colour", colour, ImGuiColorEditFlags_NoInputs | ImGuiColorEditFlags_NoLabel))
    model.editor.edit("colour", now,
                      [&](View& v) { editLook(v, setup.id).colour = dvec3(colour[0], colour[1], colour[2]); });
  ImGui::SameLine();
  if (ImGui::Selectable(labelOf(setup).c_str(), setup.id == view.setup)) changeSetup(model, setup.id, now);
}

}  // namespace

void drawSetups(ViewerModel& model, const Dataset& dataset, double nowSeconds) {
  const int count = static_cast<int>(dataset.setups.size());
  if (count < 2) return;
  const View& view = model.drawnView;
  drawBlend(model, view, nowSeconds);

  // In a project of thousands, only visible rows cost anything. The list opens at the current setup.
  const float rowHeight = ImGui::GetFrameHeightWithSpacing();
  ImGui::BeginChild("setups", ImVec2(0.0f, rowHeight * float(std::min(count, kMostRows))));
  if (model.listedSetup != view.setup) {
    const float row = rowHeight * float(findSetupIndex(dataset, view.setup));
    if (row < ImGui::GetScrollY() || row + rowHeight > ImGui::GetScrollY() + ImGui::GetWindowHeight())
      ImGui::SetScrollY(row);
    model.listedSetup = view.setup;
  }
  ImGuiListClipper clipper;
  clipper.Begin(count, rowHeight);
  while (clipper.Step())
    for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
      ImGui::PushID(i);
      drawRow(model, view, dataset.setups[static_cast<std::size_t>(i)], nowSeconds);
      ImGui::PopID();
    }
  ImGui::EndChild();
}

}  // namespace volary
