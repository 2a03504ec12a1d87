#include "support/oracles/cpu_ray_marcher.h"

#include "support/oracles/reference_levels.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace volary::test {

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Marcher {
 public:
  explicit Marcher(const ReferenceInput& input)
      : in_(input),
        size_(dvec3(input.volume->pyramid.levels[0].sizeVoxels) * input.volume->pyramid.levels[0].factor),
        voxelFromWorld_(glm::inverse(input.worldFromVoxel)),
        levels_(*input.volume, input.worldFromVoxel, input.region, input.level, input.pixelsPerVoxel,
                input.interpolation) {}

  dvec4 pixel(const dvec2& px) const {
    // Voxel-centred coordinates of the full resolution; half a voxel more is the distance from the box's corner.
    const dvec3 origin = dvec3(voxelFromWorld_ * dvec4(in_.region.originAt(px), 1.0)) + 0.5;
    const dvec3 direction = dvec3(voxelFromWorld_ * dvec4(in_.region.directionAt(px), 0.0));
    const bool isPlane = in_.region.kind == RegionKind::slice && in_.region.slabWorld == 0.0;
    if (isPlane) return slice(origin);
    const double slab = 0.5 * in_.region.slabWorld / glm::length(in_.region.direction0);
    const bool isSlice = in_.region.kind == RegionKind::slice;
    const Cut whole{.begin = isSlice ? -slab : 0.0, .end = isSlice ? slab : kInfinity};
    return ray(origin, direction, cutRay(whole, in_.region.originAt(px), in_.region.directionAt(px)), px);
  }

 private:
  const dvec3& factor(int level) const { return levels_.factor(level); }
  Detail detailAt(double depth) const { return levels_.detailAt(depth); }
  template <typename Level>
  double sample(const Level& level, const dvec3& point) const {
    return levels_.sample(level, point);
  }

  double grey(double value) const { return (value - in_.range.min) / (in_.range.max - in_.range.min); }
  static dvec4 opaque(double g) { return dvec4(dvec3(std::clamp(g, 0.0, 1.0)), 1.0); }

  bool isInside(const dvec3& p) const {
    return glm::all(glm::greaterThanEqual(p, dvec3(0.0))) && glm::all(glm::lessThanEqual(p, size_));
  }

  dvec4 slice(const dvec3& p) const { return isInside(p) ? opaque(grey(sample(detailAt(0.0), p))) : in_.background; }

  /// What the cuts leave of a ray, by their half-spaces in world space.
  struct Cut {
    double begin = 0.0;
    double end = kInfinity;
    std::optional<dvec3> normal;  ///< of the plane in which it begins
  };

  Cut cutRay(Cut cut, const dvec3& origin, const dvec3& direction) const {
    for (const dvec4& plane : in_.region.clip) {
      const double inside = glm::dot(dvec3(plane), origin) + plane.w, rise = glm::dot(dvec3(plane), direction);
      if (rise == 0.0 && inside < 0.0) cut.end = -kInfinity;
      if (rise < 0.0) cut.end = std::min(cut.end, inside / -rise);
      if (rise > 0.0 && -inside / rise > cut.begin) {
        cut.begin = -inside / rise;
        cut.normal = glm::normalize(dvec3(plane));
      }
    }
    return cut;
  }

  /// When a ray enters the volume, and when it leaves it; if the second is not later, the ray misses the volume.
  dvec2 boxTimes(const dvec3& origin, const dvec3& direction) const {
    dvec2 times(-kInfinity, kInfinity);
    for (int a = 0; a < 3; ++a) {
      if (direction[a] == 0.0) {
        if (origin[a] < 0.0 || origin[a] > size_[a]) return {kInfinity, -kInfinity};
        continue;
      }
      const double t0 = -origin[a] / direction[a], t1 = (size_[a] - origin[a]) / direction[a];
      times = {std::max(times.x, std::min(t0, t1)), std::min(times.y, std::max(t0, t1))};
    }
    return times;
  }

  /// What a plane in the volume shows at a point: the voxel there. A thick plane shows what lies along its normal, at
  /// the middles of the steps that begin where the normal enters the volume; if there are none, the voxel again.
  double planeValue(const Plane& plane, const dvec3& world) const {
    const auto depthOf = [&](const dvec3& p) {
      const dvec3 across = glm::normalize(glm::cross(in_.region.directionDx, in_.region.directionDy));
      return in_.region.perspective() ? std::abs(glm::dot(p - in_.region.origin0, across)) : 0.0;
    };
    const dvec3 point = dvec3(voxelFromWorld_ * dvec4(world, 1.0)) + 0.5;
    const dvec3 along = dvec3(voxelFromWorld_ * dvec4(plane.normal, 0.0));
    const double half = 0.5 * in_.region.slabWorld;
    const Cut shown = cutRay({.begin = -half, .end = half}, world, plane.normal);
    const dvec2 box = boxTimes(point, along);
    const double step = 1.0 / glm::length(along / factor(detailAt(depthOf(world)).level));
    std::vector<double> values;
    for (double at = box.x + 0.5 * step; half > 0.0 && at < std::min(box.y, shown.end); at += step)
      if (at >= shown.begin) values.push_back(sample(detailAt(depthOf(world + at * plane.normal)), point + at * along));
    if (values.empty()) return sample(detailAt(depthOf(world)), point);
    switch (in_.slab) {
      case Slab::maximum: return *std::ranges::max_element(values);
      case Slab::minimum: return *std::ranges::min_element(values);
      case Slab::average: break;
    }
    return std::accumulate(values.begin(), values.end(), 0.0) / double(values.size());
  }

  dvec4 ray(const dvec3& origin, const dvec3& direction, const Cut& cut, const dvec2& px) const {
    const double enter = boxTimes(origin, direction).x;
    const double begin = std::max(enter, cut.begin), leave = std::min(boxTimes(origin, direction).y, cut.end);
    if (begin >= leave) return in_.background;

    // An opaque plane ends the ray.
    const dvec3 worldOrigin = in_.region.originAt(px), worldDirection = in_.region.directionAt(px);
    std::optional<double> plane;
    const Plane* first = nullptr;
    for (const Plane& one : in_.planes) {
      // In world space, where the ray has the same times.
      const double inside = glm::dot(one.normal, worldOrigin) - one.offset, rise = glm::dot(one.normal, worldDirection);
      const double t = -inside / rise;
      if (t < begin || t > leave || (plane && t >= *plane)) continue;
      plane = t;
      first = &one;
    }
    const double end = plane.value_or(leave);

    const double phase = in_.phase ? in_.phase(ivec2(glm::floor(px))) : 0.5;
    // First all samples, then what the mode makes of them. Each level has its own lattice.
    Samples samples;
    samples.tBegin = begin;
    if (begin == cut.begin) samples.cutNormal = cut.normal;
    double t = begin;
    for (int level = detailAt(begin).level; t < end; ++level) {
      const double stop = std::min(end, levels_.depthOfNext(level));
      const double step = 1.0 / (in_.samplesPerVoxel * glm::length(direction / factor(level)));
      const double stepWorld = step * glm::length(dvec3(in_.worldFromVoxel * dvec4(direction, 0.0)));
      for (double k = std::ceil((t - enter) / step - phase);; ++k) {
        const double at = enter + (k + phase) * step;
        if (at >= stop) break;
        samples.t.push_back(at);
        samples.stepT.push_back(step);
        samples.stepUnits.push_back(stepWorld / in_.opacityUnitWorld);
        samples.value.push_back(sample(detailAt(at), origin + at * direction));
      }
      t = stop;
    }
    if (plane) samples.plane = planeValue(*first, worldOrigin + *plane * worldDirection);
    // A slab that holds no sample is the plane alone.
    if (in_.region.kind == RegionKind::slice && samples.t.empty() && isInside(origin))
      samples.plane = sample(detailAt(0.0), origin);
    switch (in_.mode) {
      case RenderMode::dvr: return composite(samples, origin, direction);
      case RenderMode::iso: return isosurface(samples, origin, direction);
      default: break;
    }
    const std::optional<double> g = project(samples);
    return g ? opaque(*g) : in_.background;
  }

  /// The samples of one ray, front to back, and the sample of the plane that ends it.
  struct Samples {
    double tBegin = 0.0;
    std::vector<double> t;
    std::vector<double> value;
    std::vector<double> stepT;
    std::vector<double> stepUnits;
    std::optional<double> plane;
    std::optional<dvec3> cutNormal;  ///< in world space, if the ray begins in a cut
  };

  /// The grey value of the modes that have one; nothing if there is no sample.
  std::optional<double> project(const Samples& samples) const {
    std::vector<double> values = samples.value, units = samples.stepUnits;
    if (samples.plane) {
      values.push_back(*samples.plane);
      units.push_back(units.empty() ? 1.0 : units.back());
    }
    if (values.empty()) return std::nullopt;
    double sum = 0.0, brightness = 0.0, dimmed = 0.0;
    switch (in_.mode) {
      case RenderMode::mip: return grey(*std::ranges::max_element(values));
      case RenderMode::minip: return grey(*std::ranges::min_element(values));
      case RenderMode::average:
        for (std::size_t i = 0; i < values.size(); ++i) {
          sum += units[i] * values[i];
          brightness += units[i];
        }
        return grey(sum / brightness);
      case RenderMode::sum: {
        for (std::size_t i = 0; i < values.size(); ++i) sum += std::max(grey(values[i]), 0.0) * units[i];
        double longest = 0.0;
        for (int a = 0; a < 3; ++a)
          longest = std::max(longest, size_[a] * glm::length(dvec3(in_.worldFromVoxel[a])) / in_.opacityUnitWorld);
        return sum / longest;
      }
      case RenderMode::attenuated:
        for (std::size_t i = 0; i < values.size(); ++i) {
          const double g = std::clamp(grey(values[i]), 0.0, 1.0);
          dimmed = std::max(dimmed, g * std::exp(-in_.attenuation * brightness));
          brightness += g * units[i];
        }
        return dimmed;
      default: break;
    }
    // First hit: from the first sample that reaches the iso value to the last one before the values fall.
    for (std::size_t i = 0; i < samples.value.size(); ++i) {
      if (samples.value[i] < in_.isoValue) continue;
      while (i + 1 < samples.value.size() && samples.value[i + 1] >= samples.value[i]) ++i;
      return grey(samples.value[i]);
    }
    if (samples.plane) return grey(*samples.plane);
    return std::nullopt;
  }

  dvec4 composite(const Samples& samples, const dvec3& origin, const dvec3& direction) const {
    double through = 1.0;
    dvec3 light(0.0);
    for (std::size_t i = 0; i < samples.t.size(); ++i) {
      dvec4 colour = evaluate(in_.transfer, std::clamp(grey(samples.value[i]), 0.0, 1.0));
      if (in_.lighting == Lighting::on)
        colour =
            dvec4(lit(dvec3(colour), detailAt(samples.t[i]), origin + samples.t[i] * direction, direction), colour.a);
      const double transparent = std::pow(1.0 - colour.a, samples.stepUnits[i]);
      light += through * (1.0 - transparent) * dvec3(colour);
      through *= transparent;
    }
    const dvec3 behind = samples.plane ? dvec3(opaque(grey(*samples.plane))) : dvec3(in_.background);
    return dvec4(glm::clamp(light + through * behind, 0.0, 1.0), 1.0);
  }

  dvec4 isosurface(const Samples& samples, const dvec3& origin, const dvec3& direction) const {
    for (std::size_t i = 0; i < samples.t.size(); ++i) {
      if (samples.value[i] < in_.isoValue) continue;
      double outside = std::max(samples.tBegin, samples.t[i] - samples.stepT[i]), inside = samples.t[i];
      for (int round = 0; round < 40; ++round) {
        const double middle = 0.5 * (outside + inside);
        (sample(detailAt(middle), origin + middle * direction) >= in_.isoValue ? inside : outside) = middle;
      }
      const dvec3 colour(evaluate(in_.transfer, std::clamp(grey(in_.isoValue), 0.0, 1.0)));
      const bool isCut = samples.cutNormal && inside - samples.tBegin <= samples.stepT[i] / 2048.0;
      const dvec3 shaded = isCut ? shadeSurface(colour, *samples.cutNormal, direction)
                                 : lit(colour, detailAt(inside), origin + inside * direction, direction);
      return dvec4(glm::clamp(shaded, 0.0, 1.0), 1.0);
    }
    return samples.plane ? opaque(grey(*samples.plane)) : in_.background;
  }

  /// The colour under a lamp at the eye: as shaders/lib/lighting.glsl says, in world space.
  dvec3 lit(const dvec3& colour, const Detail& detail, const dvec3& point, const dvec3& direction) const {
    const auto riseOf = [&](int level) {
      dvec3 rise;
      for (int a = 0; a < 3; ++a) {
        dvec3 half(0.0);
        half[a] = 0.5 * factor(level)[a];
        rise[a] = (grey(sample(level, point + half)) - grey(sample(level, point - half))) / factor(level)[a];
      }
      return rise;
    };
    dvec3 rise = riseOf(detail.level);
    if (detail.coarser > 0.0) rise = glm::mix(rise, riseOf(detail.level + 1), detail.coarser);
    // A gradient is a row vector: it is transformed by the inverse's transpose.
    const dvec3 gradient = in_.opacityUnitWorld * (glm::transpose(glm::dmat3(voxelFromWorld_)) * rise);
    const double steep = glm::length(gradient);
    if (steep == 0.0) return colour;
    return glm::mix(colour, shadeSurface(colour, gradient / steep, direction), std::min(20.0 * steep, 1.0));
  }

  /// The colour of a surface with this unit normal in world space.
  dvec3 shadeSurface(const dvec3& colour, const dvec3& normal, const dvec3& direction) const {
    const double facing = std::abs(glm::dot(normal, glm::normalize(glm::dmat3(in_.worldFromVoxel) * direction)));
    return colour * (0.25 + 0.75 * facing) + 0.2 * std::pow(facing, 32.0);
  }

  const ReferenceInput& in_;
  dvec3 size_;
  dmat4 voxelFromWorld_;
  ReferenceLevels levels_;
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
