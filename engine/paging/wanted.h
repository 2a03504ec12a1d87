#pragma once

#include "base/frame_memory.h"
#include "pyramid/brick.h"
#include "scene/region.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace volary {

/// An image that the picture shows, if it is in view.
struct WantedImage {
  ImageId image;
  const ImagePyramid* pyramid = nullptr;
  dmat4 worldFromVoxel{1.0};
};

/// What the planner looks at.
struct WantedInput {
  std::span<const WantedImage> images;  ///< each once
  std::span<const ViewRegion> regions;  ///< at the picture's full resolution
  /// Want only this level and the coarsest; if an image has fewer levels, only its coarsest.
  std::optional<int> pinnedLevel;
  double pixelsPerVoxel = 1.0;   ///< a voxel may cover this many pixels
  std::uint32_t slotBudget = 0;  ///< the wanted set never holds more bricks than this
  double previousBias = 0.0;     ///< of the last frame, for hysteresis
};

/// A brick that the view needs, with what ranks it.
struct WantedBrick {
  BrickKey key;
  float pixelsPerVoxel = 0.0f;  ///< how large its voxel is on the screen, at its nearest point
  float centreDistance = 0.0f;  ///< of its centre from the picture's middle, in units of half the picture
  bool leaf = true;             ///< false = an ancestor of finer ones, or a part of the coarsest level out of view
  bool coarsest = false;        ///< of its image's coarsest level
};

/// A plane of constant z that a slice shows of an image, in the edge space of its full resolution grid.
struct SlicePlane {
  ImageId image;
  double z = 0.0;
};

/// The wanted set.
struct WantedSet {
  /// Ranked: coarse levels first (so that the picture is complete before it is sharp), then by screen-space
  /// error, weighted towards the picture's middle. Holds every brick's ancestors too.
  std::vector<WantedBrick> bricks;
  /// The budget's share of the LOD: every brick may be coarser by this many powers of two. 0 = the screen
  /// decides.
  double bias = 0.0;
  /// False if even the coarsest choice does not fit (a pinned level, say); then `bricks` holds what fits, by
  /// rank.
  bool fits = true;
  /// The coarsest level of each image in view is wanted whole: what is out of view can come into it.
  bool wholeCoarsest = true;
  int levelCount = 0;              ///< the most that any of the images has
  std::vector<SlicePlane> planes;  ///< added by the engine: findSlicePlanes()
  /// How many bricks were looked at: what planning costs.
  std::size_t visited = 0;
};

/// Which bricks the view needs, at which level; `wanted` is written anew, in the memory that it has. Pure and
/// deterministic; cost follows the slot budget, never the volume, but for one test of each image's box. All images
/// share the budget, the bias and the ranking.
///
/// The whole coarsest level of an image in view is always wanted, as long as those of all images fit together; else
/// only the bricks in view. An image outside of all regions wants nothing, unless it is the only one: then its coarsest
/// level is wanted all the same. A brick is refined while its voxel covers more than `pixelsPerVoxel` * 2^bias pixels
/// along an axis on which a finer level is in fact finer; then the bricks of the next finer level that overlap it are
/// wanted, if a region shows them that also wants them. On a volume region the voxel's whole edge counts, whatever
/// direction one looks from; on a slice only its part in the plane. A slice exactly on a face wants the bricks of both
/// sides (see RegionLens).
///
/// The bias is solved for so that the set fits `slotBudget`, in steps of 1/8; it rises when it must, and
/// falls only when the larger set leaves a tenth of the slots free, so that a still picture never flickers.
///
/// A pinned level is wanted as leaves without the levels between: the coarsest is background, and whoever
/// draws looks the pinned level up directly before walking down from the coarsest. There the coarsest level
/// may take half of the slots; if it is larger, only its bricks in view are wanted.
void planWanted(const WantedInput& input, WantedSet& wanted);
inline WantedSet planWanted(const WantedInput& input) {
  WantedSet wanted;
  planWanted(input, wanted);
  return wanted;
}

}  // namespace volary
