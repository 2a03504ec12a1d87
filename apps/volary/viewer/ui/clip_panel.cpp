#include "viewer/commands.h"
#include "viewer/ui/frame_text.h"
#include "viewer/ui/panels.h"
#include "viewer/ui/plane_row.h"

#include <imgui.h>

#include <algorithm>
#include <vector>

namespace volary {

namespace {

// One slider for each end of each axis; an end never passes the other.
void drawBox(ViewerModel& model, const Clip& clip, const Box3& world, double now) {
  bool boxed = clip.box.has_value();
  if (ImGui::Checkbox("Clip box", &boxed))
    model.editor.edit("clip box", now, [&](View& v) {
      v.clip.box = boxed ? std::optional(world) : std::nullopt;
      v.clip.on = true;
    });
  if (!clip.box) return;
  const float width = ImGui::CalcItemWidth() * 0.5f - ImGui::GetStyle().ItemInnerSpacing.x * 0.5f;
  for (int axis = 0; axis < 3; ++axis) {
    Box3 box = *clip.box;
    const double least = std::min(world.min[axis], box.min[axis]), most = std::max(world.max[axis], box.max[axis]);
    ImGui::PushID(axis);
    ImGui::SetNextItemWidth(width);
    bool changed = ImGui::SliderScalar("##min", ImGuiDataType_Double, &box.min[axis], &least, &most, "%.4g");
    ImGui::SameLine(0.0f, ImGui::GetStyle().ItemInnerSpacing.x);
    ImGui::SetNextItemWidth(width);
    changed |= ImGui::SliderScalar(frameText("{}##max", "xyz"[axis]).c_str(), ImGuiDataType_Double, &box.max[axis],
                                   &least, &most, "%.4g");
    ImGui::PopID();
    if (!changed) continue;
    const bool movedMin = box.min[axis] != clip.box->min[axis];
    if (movedMin)
      box.min[axis] = std::min(box.min[axis], box.max[axis]);
    else
      box.max[axis] = std::max(box.min[axis], box.max[axis]);
    model.editor.edit("clip box", now, [&](View& v) { v.clip.box = box; });
  }
}

/// A row for each of the planes, which `planesOf` finds in a view.
template <typename PlanesOf>
void drawPlaneList(ViewerModel& model, const char* kind, const std::vector<Plane>& planes, const Box3& world,
                   double now, PlanesOf planesOf) {
  ImGui::PushID(kind);
  for (std::size_t i = 0; i < planes.size(); ++i) {
    const PlaneEdit did = drawPlaneRow(static_cast<int>(i), planes[i], world);
    if (did.removed)
      model.editor.edit(kind, now,
                        [&](View& v) { planesOf(v).erase(planesOf(v).begin() + static_cast<std::ptrdiff_t>(i)); });
    else if (did.changed)
      model.editor.edit(kind, now, [&](View& v) { planesOf(v)[i] = *did.changed; });
  }
  ImGui::PopID();
}

}  // namespace

void drawClip(ViewerModel& model, const Box3& world, double nowSeconds) {
  const Clip& clip = model.drawnView.clip;
  if (!ImGui::CollapsingHeader("Cut")) return;
  if (clip.box || !clip.planes.empty()) {
    bool on = clip.on;
    if (ImGui::Checkbox("On", &on)) model.editor.edit("clip on", nowSeconds, [&](View& v) { v.clip.on = on; });
    ImGui::SameLine();
    if (ImGui::Button("Remove all")) model.editor.edit("clip reset", nowSeconds, [](View& v) { v.clip = {}; });
  }
  drawBox(model, clip, world, nowSeconds);
  drawPlaneList(
      model, "clip plane", clip.planes, world, nowSeconds, [](View & v) -> auto& { return v.clip.planes; });
  if (clip.planes.size() < Clip::kMostPlanes && ImGui::Button("Plane across the view"))
    model.requests.push_back(ViewerCommand::addClipPlane);
}

void drawShownPlanes(ViewerModel& model, const Box3& world, double nowSeconds) {
  const std::vector<Plane>& planes = model.drawnView.slices.planes;
  if (!ImGui::CollapsingHeader("Planes in the volume")) return;
  drawPlaneList(
      model, "shown plane", planes, world, nowSeconds, [](View & v) -> auto& { return v.slices.planes; });
  if (ImGui::Button("Show a plane across the view")) model.requests.push_back(ViewerCommand::addShownPlane);
  if (!planes.empty()) {
    ImGui::SameLine();
    if (ImGui::Button("Remove all"))
      model.editor.edit("shown planes", nowSeconds, [](View& v) { v.slices.planes.clear(); });
  }
}

}  // namespace volary
