#include "viewer/commands.h"
#include "viewer/ui/panels.h"

#include <fmt/format.h>
#include <imgui.h>

#include <algorithm>
#include <cmath>
#include <numbers>

namespace volary {

namespace {

/// The least and greatest dot(normal, p) of the box's points.
ValueRange extentAlong(const Box3& box, const dvec3& normal) {
  const double middle = glm::dot(normal, box.centre());
  const double reach = 0.5 * glm::dot(glm::abs(normal), box.extent());
  return {middle - reach, middle + reach};
}

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
    changed |= ImGui::SliderScalar(fmt::format("{}##max", "xyz"[axis]).c_str(), ImGuiDataType_Double, &box.max[axis], &least,
                                   &most, "%.4g");
    ImGui::PopID();
    if (!changed) continue;
    const bool movedMin = box.min[axis] != clip.box->min[axis];
    if (movedMin) box.min[axis] = std::min(box.min[axis], box.max[axis]);
    else box.max[axis] = std::max(box.min[axis], box.max[axis]);
    model.editor.edit("clip box", now, [&](View& v) { v.clip.box = box; });
  }
}

// Its distance, and the normal as the angles that a person turns it by.
void drawPlane(ViewerModel& model, const Clip& clip, std::size_t index, const Box3& world, double now) {
  const ClipPlane& plane = clip.planes[index];
  const auto change = [&](const ClipPlane& changed) {
    model.editor.edit("clip plane", now, [&](View& v) { v.clip.planes[index] = changed; });
  };
  ImGui::PushID(static_cast<int>(index));
  const ValueRange extent = extentAlong(world, plane.normal);
  double offset = plane.offset;
  if (ImGui::SliderScalar("##offset", ImGuiDataType_Double, &offset, &extent.min, &extent.max, "%.4g"))
    change({plane.normal, offset});
  ImGui::SameLine();
  if (ImGui::SmallButton("Invert")) change({-plane.normal, -plane.offset});
  ImGui::SameLine();
  if (ImGui::SmallButton("x")) model.editor.edit("clip plane", now, [&](View& v) {
    v.clip.planes.erase(v.clip.planes.begin() + static_cast<std::ptrdiff_t>(index));
  });
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Remove the plane");

  constexpr float kDegrees = 180.0f / std::numbers::pi_v<float>;
  float angles[2] = {std::atan2(float(plane.normal.y), float(plane.normal.x)) * kDegrees,
                     std::asin(std::clamp(float(plane.normal.z), -1.0f, 1.0f)) * kDegrees};
  if (ImGui::DragFloat2("##angles", angles, 0.5f, -360.0f, 360.0f, "%.1f deg")) {
    const double around = angles[0] / kDegrees, up = std::clamp(angles[1], -90.0f, 90.0f) / kDegrees;
    const dvec3 normal(std::cos(up) * std::cos(around), std::cos(up) * std::sin(around), std::sin(up));
    // It turns about the place where it cuts the box's middle line, not about the origin of the world.
    const dvec3 pivot = world.centre() + (plane.offset - glm::dot(plane.normal, world.centre())) * plane.normal;
    change(clipPlaneThrough(pivot, normal));
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Direction of the normal: about z, and towards it");
  ImGui::PopID();
}

}  // namespace

void drawClip(ViewerModel& model, const Box3& world, double nowSeconds) {
  const Clip clip = model.editor.view().clip;  // a copy: what is edited here is drawn with the next frame
  if (!ImGui::CollapsingHeader("Cut")) return;
  if (clip.box || !clip.planes.empty()) {
    bool on = clip.on;
    if (ImGui::Checkbox("On", &on)) model.editor.edit("clip on", nowSeconds, [&](View& v) { v.clip.on = on; });
    ImGui::SameLine();
    if (ImGui::Button("Remove all")) model.editor.edit("clip reset", nowSeconds, [](View& v) { v.clip = {}; });
  }
  drawBox(model, clip, world, nowSeconds);
  for (std::size_t i = 0; i < clip.planes.size(); ++i) drawPlane(model, clip, i, world, nowSeconds);
  if (clip.planes.size() < Clip::kMostPlanes && ImGui::Button("Plane across the view"))
    model.requests.push_back(ViewerCommand::addClipPlane);
}

}  // namespace volary
