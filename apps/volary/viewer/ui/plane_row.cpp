#include "viewer/ui/plane_row.h"

#include "pyramid/dataset.h"

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

}  // namespace

PlaneEdit drawPlaneRow(int index, const Plane& plane, const Box3& world) {
  PlaneEdit did;
  ImGui::PushID(index);
  const ValueRange extent = extentAlong(world, plane.normal);
  double offset = plane.offset;
  if (ImGui::SliderScalar("##offset", ImGuiDataType_Double, &offset, &extent.min, &extent.max, "%.4g"))
    did.changed = Plane{plane.normal, offset};
  ImGui::SameLine();
  if (ImGui::SmallButton("Invert")) did.changed = Plane{-plane.normal, -plane.offset};
  ImGui::SameLine();
  did.removed = ImGui::SmallButton("x");
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Remove the plane");

  constexpr float kDegrees = 180.0f / std::numbers::pi_v<float>;
  float angles[2] = {std::atan2(float(plane.normal.y), float(plane.normal.x)) * kDegrees,
                     std::asin(std::clamp(float(plane.normal.z), -1.0f, 1.0f)) * kDegrees};
  if (ImGui::DragFloat2("##angles", angles, 0.5f, -360.0f, 360.0f, "%.1f deg")) {
    const double around = angles[0] / kDegrees, up = std::clamp(angles[1], -90.0f, 90.0f) / kDegrees;
    const dvec3 normal(std::cos(up) * std::cos(around), std::cos(up) * std::sin(around), std::sin(up));
    // The plane turns about the point nearest to the box's middle, not about the origin of the world.
    const dvec3 pivot = world.centre() + (plane.offset - glm::dot(plane.normal, world.centre())) * plane.normal;
    did.changed = planeThrough(pivot, normal);
  }
  if (ImGui::IsItemHovered()) ImGui::SetTooltip("Direction of the normal: about z, and towards it");
  ImGui::PopID();
  return did;
}

}  // namespace volary
