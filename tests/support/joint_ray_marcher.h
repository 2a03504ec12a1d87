#pragma once

#include "scene/view.h"
#include "support/array_source.h"

#include <cstddef>
#include <vector>

namespace volary::test {

/// Compositing of all volumes along each ray, in world space: steps of the finest voxel of those that are there, each cut into
/// `samplesPerStep`.
class JointRayMarcher {
 public:
  JointRayMarcher(const std::vector<ArraySetup>& setups, const View& view, int samplesPerStep = 1)
      : setups_(setups), view_(view), samplesPerStep_(samplesPerStep) {}

  dvec4 pixel(const dvec3& origin, const dvec3& direction) const;

 private:
  struct Part {
    std::size_t setup;
    dvec3 origin, direction;  // in its edge space
    double begin = 0.0, end = 0.0;
  };

  /// The time on the ray, or the nearest one that no plane of the view cuts away.
  double cutTime(double t, const dvec3& origin, const dvec3& direction) const;

  void march(const std::vector<Part>& parts, double begin, double end, dvec3& light, double& through) const;

  const std::vector<ArraySetup>& setups_;
  const View& view_;
  const int samplesPerStep_;
};

}  // namespace volary::test
