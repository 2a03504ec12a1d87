#pragma once

#include "base/frame_memory.h"
#include "scene/region.h"

namespace volary {

/// A region in the edge space of one image's full-resolution grid. Answers what the planner asks about it, for
/// thousands of bricks a frame, at a few multiplications each. `box` is always in that edge space.
class RegionLens {
 public:
  /// `sizeEdge` is the image's extent; it limits how exact positions are.
  RegionLens(const ViewRegion& region, const dmat4& worldFromEdge, const dvec3& sizeEdge);

  /// False if no part of the box is in view, or all of it is cut away; conservative at the corners of the view and of
  /// the cut. A box that merely touches a slice counts as cut: the shader, in single precision, may find its sample on
  /// either side.
  bool mayShow(const Box3& box) const;

  /// The most pixels that a world unit covers in the box. Finite: at most kMaxPixelsPerWorld, even if the eye is beside
  /// the box or in it.
  double pixelsPerWorld(const Box3& box) const;

  /// Distance of a point from the region's middle, on the screen, in units of half the region; at most
  /// kFarFromCentre.
  double centreDistance(const dvec3& edge) const;
  /// No point of the box has a smaller centreDistance.
  double minCentreDistance(const Box3& box) const;

  static constexpr double kMaxPixelsPerWorld = 1e12;
  static constexpr double kFarFromCentre = 4.0;

 private:
  /// The point in units of half the region, once divided by z.
  dvec3 project(const dvec3& edge) const { return screenFromEdge_ * edge + screenOffset_; }

  FrameVector<dvec4> planes_;
  bool perspective_ = false;
  dvec4 depthFromEdge_{0.0};
  double pixelsAtUnitDepth_ = 0.0;
  glm::dmat3 screenFromEdge_{0.0};
  dvec3 screenOffset_{0.0};
};

}  // namespace volary
