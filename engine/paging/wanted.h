#pragma once

#include "pyramid/brick.h"
#include "scene/region.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace volary {

/// What the planner looks at.
struct WantedInput {
  ImageId image;
  const ImagePyramid* pyramid = nullptr;
  dmat4 worldFromVoxel{1.0};
  std::span<const ViewRegion> regions;  ///< at the picture's full resolution
  std::optional<int> pinnedLevel;       ///< want this level and no other (plus the coarsest, which is always wanted)
  double pixelsPerVoxel = 1.0;          ///< a voxel may cover this many pixels
  std::uint32_t slotBudget = 0;         ///< the wanted set never holds more bricks than this
  double previousBias = 0.0;            ///< of the last frame, for hysteresis
};

/// A brick that the view needs, with what ranks it.
struct WantedBrick {
  BrickKey key;
  float pixelsPerVoxel = 0.0f;  ///< how large its voxel is on the screen, at its nearest point
  float centreDistance = 0.0f;  ///< of its centre from the picture's middle, in units of half the picture
  bool leaf = true;             ///< false = wanted only as an ancestor of finer ones
};

/// The wanted set.
struct WantedSet {
  /// Ranked: coarse levels first (so that the picture is complete before it is sharp), then by screen-space error,
  /// weighted towards the picture's middle. Holds every brick's ancestors too.
  std::vector<WantedBrick> bricks;
  /// The budget's share of the LOD: every brick may be coarser by this many powers of two. 0 = the screen decides.
  double bias = 0.0;
  /// False if even the coarsest choice does not fit (a pinned level, say); then `bricks` holds what fits, by rank.
  bool fits = true;
};

/// Which bricks the view needs, at which level. Pure and deterministic.
///
/// A brick is refined while its voxel covers more than `pixelsPerVoxel` * 2^bias pixels along an axis on which the next
/// finer level is in fact finer. On a volume region the voxel's whole edge counts, whatever direction one looks from, so
/// that turning the camera changes no level; on a slice only its part in the plane. Bricks outside of every region's
/// planes are not wanted. The bias is solved for so that the set fits `slotBudget`; it moves only when it must
/// (hysteresis), so that a still picture never flickers.
WantedSet planWanted(const WantedInput& input);

}  // namespace volary
