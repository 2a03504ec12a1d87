#include "options/slab_options.h"

#include "options/command_line.h"
#include "scene/view_names.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>
#include <numbers>

namespace volary {

namespace {

/// The orientation turned on the shortest way until it looks along the normal.
dquat facing(const dquat& orientation, const dvec3& normal) {
  const dvec3 now = orientation * dvec3(0, 0, 1);
  const dvec3 axis = glm::cross(now, normal);
  const double sine = glm::length(axis), cosine = glm::dot(now, normal);
  if (sine < 1e-12) return cosine > 0.0 ? orientation : orientation * glm::angleAxis(std::numbers::pi, dvec3(1, 0, 0));
  return glm::normalize(glm::angleAxis(std::atan2(sine, cosine), axis / sine) * orientation);
}

void applyPlane(const std::string& text, SliceView& slices) {
  const Plane plane = parsePlane("--plane", text);
  slices.worldFromSlice = facing(slices.worldFromSlice, plane.normal);
  slices.pointWorld += (plane.offset - glm::dot(plane.normal, slices.pointWorld)) * plane.normal;
}

void applySlab(const std::string& text, SliceView& slices) {
  const auto parts = split(text, ',');
  const auto thickness = findNumber<double>(parts.front());
  const auto kind = parts.size() == 2 ? findNamed<Slab>(parts.back()) : Slab::maximum;
  if (parts.size() > 2 || !thickness || !(*thickness >= 0.0) || !std::isfinite(*thickness) || !kind)
    throw UsageError(fmt::format("--slab takes a thickness, and max, min or average, like 5,average, not '{}'", text));
  slices.thicknessWorld = *thickness;
  slices.slab = *kind;
}

}  // namespace

void addSlabOptions(CLI::App& command, SlabOptions& options) {
  command
      .add_option(
          "--plane", options.plane,
          "Mode oblique: the points p of the world with NX*px + NY*py + NZ*pz = D [the view's, or XY in the middle]")
      ->type_name("NX,NY,NZ,D");
  command
      .add_option(
          "--slab", options.slab,
          "Thickness of slices, and of planes in the volume, in the world: they show the max, min or average of it [0]")
      ->type_name("T[,KIND]");
  command
      .add_option("--show-plane", options.shownPlanes,
                  "Show this plane in the volume picture, where rays end at it; may be given any number of times")
      ->type_name("NX,NY,NZ,D")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void applySlabOptions(const SlabOptions& options, View& view) {
  if (!options.plane.empty()) applyPlane(options.plane, view.slices);
  if (!options.slab.empty()) applySlab(options.slab, view.slices);
  if (options.shownPlanes.empty()) return;
  view.slices.planes.clear();
  for (const std::string& plane : options.shownPlanes) view.slices.planes.push_back(parsePlane("--show-plane", plane));
}

}  // namespace volary
