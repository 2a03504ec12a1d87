#include "support/joint_ray_marcher.h"

#include "pyramid/level_transform.h"
#include "support/cpu_ray_marcher.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace volary::test {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double sample(const ArrayVolume& volume, const dvec3& p) {
  const dvec3 lower = glm::floor(p - 0.5), f = p - 0.5 - lower;
  double sum = 0.0;
  for (int corner = 0; corner < 8; ++corner) {
    const i64vec3 offset(corner & 1, corner >> 1 & 1, corner >> 2);
    const dvec3 weight = glm::mix(1.0 - f, f, dvec3(offset));
    sum += weight.x * weight.y * weight.z * volume.voxel(0, i64vec3(lower) + offset);
  }
  return sum;
}

}  // namespace

dvec4 JointRayMarcher::pixel(const dvec3& origin, const dvec3& direction) const {
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
  dvec3 light(0.0);
  double through = 1.0;
  for (std::size_t i = 0; i + 1 < ends.size(); ++i) march(parts, ends[i], ends[i + 1], light, through);
  return dvec4(glm::clamp(light, 0.0, 1.0), 1.0);
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

void JointRayMarcher::march(const std::vector<Part>& parts, double begin, double end, dvec3& light, double& through) const {
  double dt = kInfinity;
  for (const Part& part : parts)
    if (part.begin <= begin && part.end >= end) dt = std::min(dt, 1.0 / glm::length(part.direction));
  dt /= samplesPerStep_;
  for (double t = begin + 0.5 * dt; t < end; t += dt) {
    double extinction = 0.0;
    dvec3 emission(0.0);
    for (const Part& part : parts) {
      if (part.begin > begin || part.end < end) continue;
      const ArraySetup& setup = setups_[part.setup];
      const double value = sample(setup.volume, part.origin + t * part.direction);
      const double grey = (value - view_.range->min) / (view_.range->max - view_.range->min);
      const dvec4 colour = evaluate(view_.transfer, std::clamp(grey, 0.0, 1.0));
      const dmat3 world(setup.worldFromVoxel);
      const double unit = std::min({glm::length(world[0]), glm::length(world[1]), glm::length(world[2])});
      const double own = -std::log(std::max(1.0 - colour.a, 1e-6)) * dt * glm::length(world * part.direction) / unit;
      extinction += own;
      emission += own * dvec3(colour) * view_.looks[part.setup].colour;
    }
    if (extinction <= 0.0) continue;
    light += through * (1.0 - std::exp(-extinction)) * emission / extinction;
    through *= std::exp(-extinction);
  }
}

}  // namespace volary::test
