#pragma once

#include "scene/region.h"
#include "scene/view.h"
#include "support/fakes/array_source.h"
#include "support/oracles/reference_levels.h"

#include <cstddef>
#include <vector>

namespace volary::test {

/// Composites all volumes along each ray, in world space, at the level that the view pins or at those that its pixels
/// ask for. Between two places where the ray enters or leaves a volume it advances in lots of 16 steps. A step is the
/// finest voxel of the levels that are shown where the lot begins, and is cut into `samplesPerStep`.
class JointRayMarcher {
 public:
  JointRayMarcher(const std::vector<ArraySetup>& setups, const View& view, const ViewRegion& region,
                  int samplesPerStep = 1);

  dvec4 pixel(const dvec2& px) const;

 private:
  struct Part {
    std::size_t setup;
    dvec3 origin, direction;  // in its edge space
    double begin = 0.0, end = 0.0;
  };
  struct Light {
    dvec3 colour{0.0};
    double through = 1.0;
  };

  /// The time on the ray, or the nearest one that no plane of the view cuts away.
  double cutTime(double t, const dvec3& origin, const dvec3& direction) const;

  void march(const std::vector<Part>& parts, double begin, double end, Light& light) const;
  void addSample(const std::vector<Part>& parts, double t, double dt, Light& light) const;

  const std::vector<ArraySetup>& setups_;
  const View& view_;
  const ViewRegion region_;
  const int samplesPerStep_;
  std::vector<ReferenceLevels> levels_;
};

}  // namespace volary::test
