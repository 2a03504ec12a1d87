#pragma once

#include "support/fakes/plan_input.h"

#include <glm/gtc/matrix_transform.hpp>

#include <cmath>
#include <random>
#include <set>
#include <tuple>
#include <vector>

/// Random views and images, for tests of what holds for every plan.
namespace volary::test {

using Name = std::tuple<int, int, int, int>;
inline Name name(const BrickKey& key) { return {key.level, key.brick.x, key.brick.y, key.brick.z}; }
inline std::set<Name> names(const WantedSet& wanted) {
  std::set<Name> all;
  for (const WantedBrick& brick : wanted.bricks) all.insert(name(brick.key));
  return all;
}

class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  double operator()(double low, double high) { return std::uniform_real_distribution(low, high)(engine_); }
  dvec3 vector(double low, double high) { return {(*this)(low, high), (*this)(low, high), (*this)(low, high)}; }
  dquat rotation() { return glm::normalize(dquat((*this)(-1, 1), (*this)(-1, 1), (*this)(-1, 1), (*this)(-1, 1))); }

 private:
  std::mt19937 engine_;
};

/// A perspective or orthographic camera, or a slice, somewhere in or about the box.
inline ViewRegion randomRegion(Random& random, const Box3& world) {
  const double size = glm::length(world.extent());
  const dvec3 point = world.min + random.vector(-0.3, 1.3) * world.extent();
  const ivec2 sizePx(static_cast<int>(random(20, 400)), static_cast<int>(random(20, 300)));
  const double kind = random(0, 3);
  const dquat rotation = random.rotation();
  if (kind < 1) {
    return makeSliceRegion(-1, point, rotation * dvec3(1, 0, 0), rotation * dvec3(0, 1, 0),
                           size / 300 * std::exp2(random(-6, 1)), {0, 0}, sizePx);
  }
  Camera camera;
  camera.position = point;
  camera.worldFromCamera = rotation;
  camera.fovYRadians = random(0.2, 1.5);
  camera.orthoHeightWorld = size * std::exp2(random(-6, 1));
  camera.projection = kind < 2 ? Projection::perspective : Projection::orthographic;
  return makeVolumeRegion(camera, {0, 0}, sizePx);
}

struct PlannedScene {
  ImagePyramid pyramid;
  dmat4 worldFromVoxel{1.0};
};

inline std::vector<PlannedScene> scenes() {
  const dmat4 anisotropic = glm::scale(dmat4(1.0), dvec3(0.4, 0.4, 2.0));
  const dmat4 rotated = glm::rotate(glm::translate(dmat4(1.0), dvec3(5, -80, 30)), 0.7, dvec3(1, 2, 3)) * anisotropic;
  dmat4 sheared = anisotropic;
  sheared[2][0] = 0.3;
  return {{makePyramid({512, 384, 200}, powersOfTwo(5)), dmat4(1.0)},
          {makePyramid({600, 500, 90}, {dvec3(1), dvec3(2, 2, 1), dvec3(4, 4, 1), dvec3(8, 8, 2)}), rotated},
          {makePyramid({333, 444, 200}, {dvec3(1), dvec3(2), dvec3(3)}), sheared},
          {makePyramid({333, 222, 320}, {dvec3(1.3, 1.3, 1), dvec3(2.9, 2.1, 2.7), dvec3(5)}), anisotropic}};
}

inline WantedSet plan(const PlannedScene& scene, const std::vector<ViewRegion>& regions, std::uint32_t budget,
                      double previousBias = 0.0) {
  const WantedImage image{
      .image = {.setup = 2, .timepoint = 1}, .pyramid = &scene.pyramid, .worldFromVoxel = scene.worldFromVoxel};
  return planWanted({.images = {&image, 1},
                     .regions = regions,
                     .pinnedLevel = {},
                     .slotBudget = budget,
                     .previousBias = previousBias});
}

}  // namespace volary::test
