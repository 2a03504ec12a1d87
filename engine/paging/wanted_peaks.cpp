#include "paging/wanted_peaks.h"

#include "paging/brick_rater.h"
#include "pyramid/level_transform.h"
#include "pyramid/peaks.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace volary {

namespace {

/// The part of the contrast range that is visible: 16 of 255 grey values.
constexpr double kVisiblePart = 1.0 / 16;

/// An image, and which of its levels are shown where.
struct ShownImage {
  ShownImage(const WantedImage& image, const ViewRegion& volume, const ViewRegion& planned, const DetailRule& rule)
      : pyramid(*image.pyramid),
        toWorld(worldFromEdge(image.worldFromVoxel)),
        rater(image, {&planned, 1}, rule.pixelsPerVoxel),
        depths(findLevelDepths(volume, image.worldFromVoxel, pyramid.levels, rule)) {}

  const ImagePyramid& pyramid;
  dmat4 toWorld;
  BrickRater rater;
  FrameVector<LevelDepths> depths;
};

/// The candidate of a brick that is shown; without peaks if there are none.
PeakCandidate makeCandidate(const ImagePyramid& pyramid, const BrickKey& stored, int peakLevels) {
  PeakCandidate candidate{.stored = stored, .peaks = stored};
  candidate.peaks.peaks = findPeaks(pyramid, stored.level, peakLevels);
  const dvec3 ratio = pyramid.levels[static_cast<std::size_t>(stored.level)].factor /
                      pyramid.levels[static_cast<std::size_t>(stored.level - candidate.peaks.peaks)].factor;
  candidate.noiseGain = std::sqrt(ratio.x * ratio.y * ratio.z);
  return candidate;
}

/// The voxels that the peaks of all candidates come from.
double countVoxels(std::span<const PeakCandidate> candidates) {
  double voxels = 0.0;
  for (const PeakCandidate& candidate : candidates)
    voxels += candidate.noiseGain * candidate.noiseGain * kBrickPayload * kBrickPayload * kBrickPayload;
  return voxels;
}

struct DepthSpan {
  double least = std::numeric_limits<double>::infinity();
  double greatest = -std::numeric_limits<double>::infinity();
};

/// The depths of a box of edge space along the rays of a region; 0 in a parallel one, where they make no difference.
DepthSpan depthsOf(const ViewRegion& volume, const dmat4& toWorld, const Box3& box) {
  if (!volume.perspective()) return {.least = 0.0, .greatest = 0.0};
  const dvec3 forward = viewNormal(volume);
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
  return span.greatest >= image.depths[level].fadeFrom &&
         (isCoarsest || span.least < image.depths[level + 1].enoughFrom);
}

}  // namespace

FrameVector<PeakCandidate> findPeakCandidates(const WantedSet& wanted, std::span<const WantedImage> images,
                                              const ViewRegion& volume, const ViewRegion& planned,
                                              const DetailRule& rule, int peakLevels) {
  FrameMap<ImageId, ShownImage> shownImages;
  for (const WantedImage& image : images) shownImages.try_emplace(image.image, image, volume, planned, rule);
  FrameVector<BrickKey> shown;
  for (const WantedBrick& brick : wanted.bricks) {
    const ShownImage& image = shownImages.at(brick.key.image);
    if (brick.key.level > 0 && !image.pyramid.growing && isShown(image, volume, brick.key)) shown.push_back(brick.key);
  }
  FrameVector<PeakCandidate> candidates;
  for (int levels = peakLevels; levels > 0; --levels) {
    candidates.clear();
    for (const BrickKey& key : shown) {
      const PeakCandidate candidate = makeCandidate(shownImages.at(key.image).pyramid, key, levels);
      if (candidate.peaks.peaks > 0) candidates.push_back(candidate);
    }
    if (countVoxels(candidates) <= kMostPeakVoxels) break;
  }
  return candidates;
}

bool wantsPeaks(const PeakCandidate& candidate, const BrickStatistics& stored, float excess,
                const ValueRange& contrast) {
  const double dark = std::max<double>(stored.min, std::min(contrast.min, contrast.max));
  return excess > 0.0f && excess >= 0.5 * (stored.max - dark) &&
         excess * candidate.noiseGain >= kVisiblePart * std::abs(contrast.max - contrast.min);
}

}  // namespace volary
