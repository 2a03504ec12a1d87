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
  /// How much white noise the finer level has, for each unit of it in the stored level.
  double noiseGain = 1.0;
};

/// The most voxels that the peaks of one picture are made from, unless these are of the next finer level already. A
/// billion voxels take a core some seconds to read and decode.
inline constexpr double kMostPeakVoxels = 1 << 30;

/// The candidates of a planned maximum: the bricks that `volume` shows of any level but the finest, as the shaders
/// choose levels (scene/level_detail.h). They are leaves, and ancestors where a perspective ray goes from one level to
/// the next. By rank, each once; none of images whose pyramid grows. `planned` is the part of `volume` that is drawn.
/// `peakLevels` is View::peakLevels; it is lowered if all peaks together would come from more than kMostPeakVoxels.
/// Pure.
FrameVector<PeakCandidate> findPeakCandidates(const WantedSet& wanted, std::span<const WantedImage> images,
                                              const ViewRegion& volume, const ViewRegion& planned,
                                              const DetailRule& rule, int peakLevels);

/// Whether a candidate's peaks are wanted. The next coarser level must lose at least half of the brick's greatest voxel
/// (its `excess`: LoadedBrick), measured from its least voxel or the contrast's dark end: then this level lost as much
/// of what is finer. And that excess, were it noise, must be a visible part of the contrast at the finer level; a thin
/// structure has more than noise there. What loses less is wide, or texture. Peaks would show only the brightest spots
/// of a texture; its means are closer to what more pixels would show.
bool wantsPeaks(const PeakCandidate& candidate, const BrickStatistics& stored, float excess,
                const ValueRange& contrast);

}  // namespace volary
