#include "paging/wanted_peaks.h"

#include "paging/brick_rater.h"
#include "pyramid/level_transform.h"
#include "pyramid/peaks.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace volary {

namespace {

/// Of the contrast range: 16 of 255 grey values.
constexpr double kVisiblePart = 1.0 / 16;

/// An image, and which of its levels are shown where.
struct ShownImage {
  ShownImage(const WantedImage& image, const ViewRegion& volume, const ViewRegion& planned, const DetailRule& rule, int peakLevels)
      : pyramid(*image.pyramid),
        toWorld(worldFromEdge(image.worldFromVoxel)),
        rater(image, {&planned, 1}, rule.pixelsPerVoxel),
        depths(findLevelDepths(volume, image.worldFromVoxel, pyramid.levels, rule)) {
    for (int level = 0; level < static_cast<int>(pyramid.levels.size()); ++level)
      peaks.push_back(findPeaks(pyramid, level, pyramid.growing ? 0 : peakLevels));
  }

  const ImagePyramid& pyramid;
  dmat4 toWorld;
  BrickRater rater;
  std::vector<LevelDepths> depths;
  std::vector<int> peaks;   ///< by level: BrickKey::peaks
};

struct DepthSpan {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
};

/// The depths of a box of edge space along the rays of a region: all the same to a parallel one.
DepthSpan depthsOf(const ViewRegion& volume, const dmat4& toWorld, const Box3& box) {
  if (!volume.perspective()) return {.least = 0.0, .greatest = 0.0};
  dvec3 forward = glm::normalize(glm::cross(volume.directionDx, volume.directionDy));
  if (glm::dot(forward, volume.direction0) < 0.0) forward = -forward;
  DepthSpan span;
  for (int corner = 0; corner < 8; ++corner) {
    const dvec3 edge = glm::mix(box.min, box.max, glm::bvec3(corner & 1, corner & 2, corner & 4));
    const double depth = glm::dot(forward, dvec3(toWorld * dvec4(edge, 1.0)) - volume.origin0);
    span.least = std::min(span.least, depth);
    span.greatest = std::max(span.greatest, depth);
  }
  return span;
}

bool isShown(const ShownImage& image, const ViewRegion& volume, const BrickKey& key) {
  const auto level = static_cast<std::size_t>(key.level);
  if (!image.rater.rate(key.level, key.brick).inView) return false;
  const DepthSpan span = depthsOf(volume, image.toWorld, image.rater.edgeBox(key.level, key.brick));
  const bool isCoarsest = level + 1 == image.depths.size();
  return span.greatest >= image.depths[level].fadeFrom && (isCoarsest || span.least < image.depths[level + 1].enoughFrom);
}

}  // namespace

std::vector<PeakCandidate> findPeakCandidates(const WantedSet& wanted, std::span<const WantedImage> images,
                                              const ViewRegion& volume, const ViewRegion& planned, const DetailRule& rule,
                                              int peakLevels) {
  std::map<ImageId, ShownImage> shown;
  for (const WantedImage& image : images)
    shown.try_emplace(image.image, image, volume, planned, rule, peakLevels);
  std::vector<PeakCandidate> candidates;
  for (const WantedBrick& brick : wanted.bricks) {
    const ShownImage& image = shown.at(brick.key.image);
    const int peaks = image.peaks[static_cast<std::size_t>(brick.key.level)];
    if (peaks == 0 || !isShown(image, volume, brick.key)) continue;
    PeakCandidate candidate{.stored = brick.key, .peaks = brick.key};
    candidate.peaks.peaks = peaks;
    const std::vector<LevelInfo>& levels = image.pyramid.levels;
    const dvec3 ratio = levels[static_cast<std::size_t>(brick.key.level)].factor /
                        levels[static_cast<std::size_t>(brick.key.level - peaks)].factor;
    candidate.noiseGain = std::sqrt(ratio.x * ratio.y * ratio.z);
    candidates.push_back(candidate);
  }
  return candidates;
}

bool wantsPeaks(const PeakCandidate& candidate, float excess, const ValueRange& contrast) {
  return excess > 0.0f && excess * candidate.noiseGain >= kVisiblePart * std::abs(contrast.max - contrast.min);
}

}  // namespace volary
