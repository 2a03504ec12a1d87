#include "support/oracles/joint_ray_marcher.h"

#include "pyramid/level_transform.h"
#include <algorithm>
#include <cmath>
#include <limits>

namespace volary::test {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

}  // namespace

JointRayMarcher::JointRayMarcher(const std::vector<ArraySetup>& setups, const View& view, const ViewRegion& region,
                                 int samplesPerStep)
    : setups_(setups), view_(view), region_(region), samplesPerStep_(samplesPerStep) {
  std::optional<double> pixelsPerVoxel;
  if (!view.pinnedLevel) pixelsPerVoxel = view.pixelsPerVoxel;
  for (const ArraySetup& setup : setups)
    levels_.emplace_back(setup.volume, setup.worldFromVoxel, region_, view.pinnedLevel.value_or(0), pixelsPerVoxel);
}

dvec4 JointRayMarcher::pixel(const dvec2& px) const {
  const dvec3 origin = region_.originAt(px), direction = region_.directionAt(px);
  std::vector<Part> parts;
  std::vector<double> ends;
  for (std::size_t i = 0; i < setups_.size(); ++i) {
    const dmat4 edgeFromWorld = glm::inverse(worldFromEdge(setups_[i].worldFromVoxel));
    Part part{i, transformPoint(edgeFromWorld, origin), transformDirection(edgeFromWorld, direction)};
    part.end = kInfinity;
    const dvec3 size(setups_[i].volume.pyramid.levels[0].sizeVoxels);
    for (int a = 0; a < 3; ++a) {
      const double t0 = -part.origin[a] / part.direction[a], t1 = (size[a] - part.origin[a]) / part.direction[a];
      part.begin = std::max(part.begin, std::min(t0, t1));
      part.end = std::min(part.end, std::max(t0, t1));
    }
    if (part.begin >= part.end) continue;
    parts.push_back(part);
    ends.push_back(part.begin);
    ends.push_back(part.end);
  }
  for (double& end : ends) end = cutTime(end, origin, direction);
  std::ranges::sort(ends);
  Light light;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) march(parts, ends[i], ends[i + 1], light);
  return dvec4(glm::clamp(light.colour, 0.0, 1.0), 1.0);
}

double JointRayMarcher::cutTime(double t, const dvec3& origin, const dvec3& direction) const {
  double begin = -kInfinity, end = kInfinity;
  for (const Plane& plane : view_.clip.planes) {
    const double at = (plane.offset - glm::dot(plane.normal, origin)) / glm::dot(plane.normal, direction);
    if (glm::dot(plane.normal, direction) > 0.0)
      begin = std::max(begin, at);
    else
      end = std::min(end, at);
  }
  return begin < end ? std::clamp(t, begin, end) : begin;
}

void JointRayMarcher::march(const std::vector<Part>& parts, double begin, double end, Light& light) const {
  std::vector<Part> here;
  for (const Part& part : parts)
    if (part.begin <= begin && part.end >= end) here.push_back(part);
  for (double t = begin; t < end && !here.empty();) {
    double dt = kInfinity;
    for (const Part& part : here) {
      const ReferenceLevels& levels = levels_[part.setup];
      dt = std::min(dt, 1.0 / glm::length(part.direction / levels.factor(levels.detailAt(t).level)));
    }
    const double stop = std::min(t + 16 * dt, end);
    dt /= samplesPerStep_;
    for (double at = t + 0.5 * dt; at < stop; at += dt) addSample(here, at, dt, light);
    t = stop;
  }
}

void JointRayMarcher::addSample(const std::vector<Part>& parts, double t, double dt, Light& light) const {
  double extinction = 0.0;
  dvec3 emission(0.0);
  for (const Part& part : parts) {
    const ReferenceLevels& levels = levels_[part.setup];
    const double value = levels.sample(levels.detailAt(t), part.origin + t * part.direction);
    const double grey = (value - view_.range->min) / (view_.range->max - view_.range->min);
    const dvec4 colour = evaluate(view_.transfer, std::clamp(grey, 0.0, 1.0));
    const dmat3 world(setups_[part.setup].worldFromVoxel);
    const double unit = std::min({glm::length(world[0]), glm::length(world[1]), glm::length(world[2])});
    const double own = -std::log(std::max(1.0 - colour.a, 1e-6)) * dt * glm::length(world * part.direction) / unit;
    extinction += own;
    emission += own * dvec3(colour) * view_.looks[part.setup].colour;
  }
  if (extinction <= 0.0) return;
  light.colour += light.through * (1.0 - std::exp(-extinction)) * emission / extinction;
  light.through *= std::exp(-extinction);
}

}  // namespace volary::test
