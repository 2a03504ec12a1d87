#include "paging/brick_rater.h"

#include "pyramid/level_transform.h"

#include <algorithm>

namespace volary {

namespace {

// No brick is more than this many times too coarse, so that a bias which drops it exists.
constexpr double kMaxDetail = 1ull << 40;

}  // namespace

BrickRater::BrickRater(const WantedImage& image, std::span<const ViewRegion> regions, double allowedPixels)
    : levels_(image.pyramid->levels), sizeEdge_(fullSizeVoxels(*image.pyramid)) {
  for (const LevelInfo& level : levels_) grids_.push_back(brickGrid(level));
  for (const ViewRegion& region : regions) {
    if (region.sizePx.x <= 0 || region.sizePx.y <= 0) continue;
    lenses_.emplace_back(region, worldFromEdge(image.worldFromVoxel), sizeEdge_);
    for (LevelFootprint footprint : findFootprints(region, image.worldFromVoxel, levels_)) {
      footprint.refinable /= allowedPixels;
      footprints_.push_back(footprint);
    }
  }
}

Box3 BrickRater::edgeBox(int level, const BrickRange& bricks) const {
  const dvec3 brickEdge = levels_[level].factor * double(kBrickPayload);
  const dvec3 end = glm::mix(dvec3(bricks.end) * brickEdge, sizeEdge_, glm::equal(bricks.end, grids_[level]));
  return {.min = dvec3(bricks.begin) * brickEdge, .max = glm::min(end, sizeEdge_)};
}

BrickRating BrickRater::rate(int level, const ivec3& brick) const {
  double reach = 0.0;
  return rateChild(level, brick, {}, reach);
}

void BrickRater::rateDetail(int level, const ivec3& brick, FrameVector<double>& perRegion) const {
  const Box3 box = edgeBox(level, brick);
  perRegion.resize(lenses_.size());
  for (std::size_t i = 0; i < lenses_.size(); ++i)
    perRegion[i] =
        std::min(lenses_[i].pixelsPerWorld(box) * footprints_[i * levels_.size() + level].refinable, kMaxDetail);
}

BrickRating BrickRater::rateChild(int level, const ivec3& brick, std::span<const double> parentDetail,
                                  double& reach) const {
  BrickRating rating;
  reach = 0.0;
  const Box3 box = edgeBox(level, brick);
  if (glm::any(glm::lessThanEqual(box.max, box.min))) return rating;
  for (std::size_t i = 0; i < lenses_.size(); ++i) {
    if (!lenses_[i].mayShow(box)) continue;
    const LevelFootprint& footprint = footprints_[i * levels_.size() + level];
    const double pixels = lenses_[i].pixelsPerWorld(box);
    rating.inView = true;
    rating.pixelsPerVoxel = std::max(rating.pixelsPerVoxel, pixels * footprint.longest);
    rating.detail = std::max(rating.detail, std::min(pixels * footprint.refinable, kMaxDetail));
    rating.centreDistance = std::min(rating.centreDistance, lenses_[i].centreDistance(box.centre()));
    if (!parentDetail.empty()) reach = std::max(reach, parentDetail[i]);
  }
  return rating;
}

BrickRating BrickRater::rateRange(int level, const BrickRange& bricks) const {
  BrickRating rating;
  const Box3 box = edgeBox(level, bricks);
  if (glm::any(glm::lessThanEqual(box.max, box.min))) return rating;
  for (std::size_t i = 0; i < lenses_.size(); ++i) {
    if (!lenses_[i].mayShow(box)) continue;
    rating.inView = true;
    rating.pixelsPerVoxel = std::max(rating.pixelsPerVoxel,
                                     lenses_[i].pixelsPerWorld(box) * footprints_[i * levels_.size() + level].longest);
    rating.centreDistance = std::min(rating.centreDistance, lenses_[i].minCentreDistance(box));
  }
  return rating;
}

}  // namespace volary
