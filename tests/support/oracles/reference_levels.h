#pragma once

#include "scene/region.h"
#include "scene/view.h"
#include "support/fakes/bricked_volume.h"

#include <optional>

namespace volary::test {

/// The levels shown at a depth: one, and how much of the next coarser one.
struct Detail {
  int level = 0;
  double coarser = 0.0;
};

/// Which levels of a volume the reference renderers show where, and their values; in double precision, with no code of
/// the renderer.
///
/// Points are those of the full resolution's edge space, depths the rays' parameter.
class ReferenceLevels {
 public:
  /// One level everywhere; or, if `pixelsPerVoxel` is set, at each place the coarsest level whose voxel covers at most
  /// that many pixels. Between this many and 1.25 times as many, that level fades into the next finer one.
  ReferenceLevels(const ArrayVolume& volume, const dmat4& worldFromVoxel, const ViewRegion& region, int level,
                  std::optional<double> pixelsPerVoxel, Interpolation interpolation = Interpolation::trilinear)
      : volume_(volume),
        worldFromVoxel_(worldFromVoxel),
        region_(region),
        level_(level),
        pixelsPerVoxel_(pixelsPerVoxel),
        interpolation_(interpolation) {}

  const dvec3& factor(int level) const { return volume_.pyramid.levels[static_cast<std::size_t>(level)].factor; }

  Detail detailAt(double depth) const;
  /// Where the level after this one is fine enough.
  double depthOfNext(int level) const;

  /// The value of one level, and of what is shown.
  double sample(int level, const dvec3& point) const;
  double sample(const Detail& detail, const dvec3& point) const;

 private:
  double pixelsOf(int level, double depth) const;

  const ArrayVolume& volume_;
  dmat4 worldFromVoxel_;
  ViewRegion region_;
  int level_;
  std::optional<double> pixelsPerVoxel_;
  Interpolation interpolation_;
};

}  // namespace volary::test
