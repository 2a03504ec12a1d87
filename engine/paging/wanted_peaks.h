#pragma once

#include "paging/wanted.h"
#include "pyramid/brick_statistics.h"
#include "scene/level_detail.h"

#include <span>

namespace volary {

/// A brick of the wanted set that may be shown as peaks (pyramid/peaks.h).
struct PeakCandidate {
  BrickKey stored;
  BrickKey peaks;
  /// What the finer level has of white noise, for each unit of what the stored level has of it.
  double noiseGain = 1.0;
};

/// Of more voxels no peaks are made for one picture, but where they come from the next finer level already: it is a
/// billion that have to be read and decoded, some seconds of a core.
inline constexpr double kMostPeakVoxels = 1 << 30;

/// Of a planned maximum the bricks that `volume` shows of coarser levels than the finest, as the shaders choose levels
/// (scene/level_detail.h): leaves, and ancestors where a perspective ray goes from one level to the next. By rank, each
/// once; none of images whose pyramid grows. `planned` is the part of `volume` that is drawn. `peakLevels` is View's,
/// or less where all of them would come from more than kMostPeakVoxels. Pure.
FrameVector<PeakCandidate> findPeakCandidates(const WantedSet& wanted, std::span<const WantedImage> images,
                                              const ViewRegion& volume, const ViewRegion& planned,
                                              const DetailRule& rule, int peakLevels);

/// Whether a candidate's peaks are wanted: where the next coarser level would have lost half of the stored brick's
/// greatest voxel (its `excess`: LoadedBrick), from its least one or the contrast's dark end on, so that this level
/// lost as much of what is finer; and where that, were it noise, would be a visible part of the contrast at the finer
/// level. What is thin has more than noise there. What loses less is wide, or texture, of which peaks would show the
/// brightest spots alone: means are closer to what more pixels would show of it.
bool wantsPeaks(const PeakCandidate& candidate, const BrickStatistics& stored, float excess,
                const ValueRange& contrast);

}  // namespace volary
