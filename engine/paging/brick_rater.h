#pragma once

#include "base/frame_memory.h"
#include "paging/region_lens.h"
#include "paging/wanted.h"
#include "pyramid/overlap.h"
#include "scene/level_detail.h"

#include <span>
#include <vector>

namespace volary {

/// How one brick looks in the view.
struct BrickRating {
  bool inView = false;
  double pixelsPerVoxel = 0.0;  ///< along the voxel's longest edge on the screen
  double centreDistance = RegionLens::kFarFromCentre;
  double detail = 0.0;  ///< how many times too coarse the brick is: the largest of any region; refined above 2^bias

  /// What ranks bricks of one level: the error on the screen, weighted towards the picture's middle.
  double score() const { return pixelsPerVoxel / (1.0 + centreDistance); }
};

/// Rates the bricks of one image for one view.
class BrickRater {
 public:
  /// The image's pyramid must outlive the rater. `allowedPixels`: a voxel may cover that many.
  BrickRater(const WantedImage& image, std::span<const ViewRegion> regions, double allowedPixels);

  /// The points of the image that fall into these bricks, in its edge space. The outermost bricks reach to the image's
  /// end, even if their level ends elsewhere.
  Box3 edgeBox(int level, const BrickRange& bricks) const;
  Box3 edgeBox(int level, const ivec3& brick) const { return edgeBox(level, {brick, brick + 1}); }

  BrickRating rate(int level, const ivec3& brick) const;

  /// How many times too coarse the brick is, for each region.
  void rateDetail(int level, const ivec3& brick, FrameVector<double>& perRegion) const;
  /// rate(); `reach` becomes the largest `parentDetail` (see rateDetail()) of the regions that show the brick.
  BrickRating rateChild(int level, const ivec3& brick, std::span<const double> parentDetail, double& reach) const;

  /// At least the score of any brick in the range; inView is false if all of them are outside the view.
  BrickRating rateRange(int level, const BrickRange& bricks) const;

 private:
  const std::vector<LevelInfo>& levels_;
  dvec3 sizeEdge_;
  FrameVector<ivec3> grids_;
  FrameVector<RegionLens> lenses_;
  FrameVector<LevelFootprint> footprints_;  ///< [lens * levels + level], `refinable` in units of the allowed pixels
};

}  // namespace volary
