#include "support/cpu_ray_marcher.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace volary::test {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Marcher {
 public:
  explicit Marcher(const ReferenceInput& input)
      : in_(input),
        factor_(input.volume->pyramid.levels[static_cast<std::size_t>(input.level)].factor),
        size_(dvec3(input.volume->pyramid.levels[0].sizeVoxels) * input.volume->pyramid.levels[0].factor),
        voxelFromWorld_(glm::inverse(input.worldFromVoxel)) {}

  dvec4 pixel(const dvec2& px) const {
    // Voxel-centred coordinates of the full resolution; half a voxel more is the distance from the box's corner.
    const dvec3 origin = dvec3(voxelFromWorld_ * dvec4(in_.region.originAt(px), 1.0)) + 0.5;
    const dvec3 direction = dvec3(voxelFromWorld_ * dvec4(in_.region.directionAt(px), 0.0));
    return in_.region.kind == RegionKind::slice ? slice(origin) : ray(origin, direction);
  }

 private:
  double sample(const dvec3& point) const {
    const dvec3 p = point / factor_;
    if (in_.interpolation == Interpolation::nearest) return in_.volume->voxel(in_.level, i64vec3(glm::floor(p)));
    const dvec3 lower = glm::floor(p - 0.5), f = p - 0.5 - lower;
    double sum = 0.0;
    for (int corner = 0; corner < 8; ++corner) {
      const i64vec3 offset(corner & 1, corner >> 1 & 1, corner >> 2);
      const dvec3 weight = glm::mix(1.0 - f, f, dvec3(offset));
      sum += weight.x * weight.y * weight.z * in_.volume->voxel(in_.level, i64vec3(lower) + offset);
    }
    return sum;
  }

  double grey(double value) const { return (value - in_.range.min) / (in_.range.max - in_.range.min); }
  static dvec4 opaque(double g) { return dvec4(dvec3(std::clamp(g, 0.0, 1.0)), 1.0); }

  dvec4 slice(const dvec3& p) const {
    for (int a = 0; a < 3; ++a)
      if (p[a] < 0.0 || p[a] > size_[a]) return in_.background;
    return opaque(grey(sample(p)));
  }

  dvec4 ray(const dvec3& origin, const dvec3& direction) const {
    double enter = -kInfinity, leave = kInfinity;
    for (int a = 0; a < 3; ++a) {
      if (direction[a] == 0.0) {
        if (origin[a] < 0.0 || origin[a] > size_[a]) return in_.background;
        continue;
      }
      const double t0 = -origin[a] / direction[a], t1 = (size_[a] - origin[a]) / direction[a];
      enter = std::max(enter, std::min(t0, t1));
      leave = std::min(leave, std::max(t0, t1));
    }
    if (std::max(enter, 0.0) >= leave) return in_.background;

    // An opaque plane ends the ray.
    std::optional<double> plane;
    if (in_.planesPointWorld) {
      const dvec3 point = dvec3(voxelFromWorld_ * dvec4(*in_.planesPointWorld, 1.0)) + 0.5;
      for (int a = 0; a < 3; ++a) {
        const double t = (point[a] - origin[a]) / direction[a];
        if (t >= std::max(enter, 0.0) && t <= leave && (!plane || t < *plane)) plane = t;
      }
    }
    const double end = plane.value_or(leave);
    const double step = 1.0 / (in_.samplesPerVoxel * glm::length(direction / factor_));
    const double stepWorld = step * glm::length(dvec3(in_.worldFromVoxel * dvec4(direction, 0.0)));

    double maximum = -kInfinity, through = 1.0;
    dvec3 light(0.0);
    for (double k = 0.5;; ++k) {
      const double t = enter + k * step;
      if (t >= end) break;
      if (t < 0.0) continue;
      const double value = sample(origin + t * direction);
      maximum = std::max(maximum, value);
      const dvec4 colour = evaluate(in_.transfer, std::clamp(grey(value), 0.0, 1.0));
      const double transparent = std::pow(1.0 - colour.a, stepWorld / in_.opacityUnitWorld);
      light += through * (1.0 - transparent) * dvec3(colour);
      through *= transparent;
    }
    const double planeValue = plane ? sample(origin + *plane * direction) : -kInfinity;
    if (in_.mode == RenderMode::mip) {
      maximum = std::max(maximum, planeValue);
      return maximum == -kInfinity ? in_.background : opaque(grey(maximum));
    }
    const dvec3 behind = plane ? dvec3(opaque(grey(planeValue))) : dvec3(in_.background);
    return dvec4(glm::clamp(light + through * behind, 0.0, 1.0), 1.0);
  }

  const ReferenceInput& in_;
  dvec3 factor_;
  dvec3 size_;
  dmat4 voxelFromWorld_;
};

}  // namespace

std::vector<dvec4> drawReference(const ReferenceInput& input) {
  const Marcher marcher(input);
  std::vector<dvec4> picture;
  for (int y = 0; y < input.region.sizePx.y; ++y)
    for (int x = 0; x < input.region.sizePx.x; ++x) picture.push_back(marcher.pixel(dvec2(x, y) + 0.5));
  return picture;
}

}  // namespace volary::test
