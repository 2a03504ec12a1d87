#pragma once

#include "paging/pager.h"
#include "render/feedback_buffer.h"
#include "scene/view.h"
#include "streaming/loader.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// What an engine holds in main memory: chunks, decoded and as stored, bricks on their way to the GPU, the page table.
///
/// `boundBytes` is the bound of LoaderSettings with the table of a full page cache, whatever the dataset and however
/// long one flies. If the source makes levels, all figures include GrowingPyramids::workBytes(). Not included are what
/// is between the filters of a chunk, and the lists of wanted bricks with their statistics, some 300 bytes a slot.
struct HostMemory {
  std::uint64_t bytes = 0;
  std::uint64_t peakBytes = 0;  ///< the most in any frame
  std::uint64_t boundBytes = 0;
  std::uint64_t tableBytes = 0;     ///< of `bytes`, the page table's
  std::uint64_t workPeakBytes = 0;  ///< the most that the source said it may hold
};

/// How fine the pixels of a picture are. Counted on the GPU at the sample that decides: the maximum of a projection,
/// the surface of an isosurface, the first sample that contributes otherwise. With several images, the coarsest one
/// counts.
struct ShownResolution {
  PixelsByResolution pixels{};  ///< all 0 if nothing wanted was missing: then nothing is counted
  /// The share of the pixels that show a voxel and are as fine as wanted.
  double asWanted() const;
  ShownResolution& operator+=(const PixelsByResolution& more);
};

/// What decides a picture's levels.
enum class WantedBy {
  screen,     ///< its pixels
  pageCache,  ///< its pixels, and the page cache's size makes them all coarser by WantedSet::bias
  pinnedLevel,
};

/// What the last frame was like.
struct FrameReport {
  /// Nothing wanted is missing (failed bricks and those that no ray of this picture reaches don't count), no stand-in
  /// is left (ImagePyramid::growing), and the picture shows this state.
  bool converged = false;
  bool coarsestComplete = false;  ///< the picture shows something everywhere: nothing of the coarsest level is missing
  bool sharp = false;             ///< the picture has its full resolution
  /// The picture is not this view's yet: the driver is still making the code that draws it. Never for Effort::complete,
  /// which waits.
  bool awaitsPipelines = false;
  bool imagePresent = true;        ///< false: the dataset has none of the images (missing views), the picture is empty
  std::size_t imagesPending = 0;   ///< whose metadata is still being read: they are not in the picture yet
  bool growing = false;            ///< coarser levels of some image are being made: the picture is not final
  std::uint32_t bricksUnmade = 0;  ///< wanted, and still to be made by the source
  std::uint32_t bricksUnreached = 0;  ///< wanted, not there and not asked for; once `converged`, hidden
  bool awaitsFeedback = false;        ///< the GPU has yet to run what was drawn, and to report what rays reach
  /// Resident / wanted bricks, peaks too; once `converged`, hidden ones count as resident.
  double fractionComplete = 0;
  double lodBias = 0;  ///< see WantedSet::bias
  WantedBy wantedBy = WantedBy::screen;
  /// The resolution of the picture itself (not of a preview), as far as it is drawn and counted; absent while unknown.
  std::optional<ShownResolution> resolution;
  /// False: the page cache is too small even for the coarsest choice (a pinned level, or the coarsest level of an image
  /// that has no small one), or for its peaks. Then only bricks in the picture's middle are wanted, and a converged
  /// picture lacks the rest.
  bool cacheHoldsAll = true;
  std::vector<LevelCounts> levels;
  LevelCounts peaks;  ///< bricks of peaks: shown in a maximum in place of some of `levels`, and not counted there
  std::vector<std::uint32_t> shownPerLevel;  ///< resident bricks of each level that are wanted for themselves
  std::uint32_t slots = 0;
  std::uint32_t slotsUsed = 0;
  std::uint64_t pageHits = 0;    ///< bricks that were resident when they began to be wanted, since the start
  std::uint64_t pageMisses = 0;  ///< and those that were not
  std::uint64_t evictions = 0;
  std::uint64_t bytesUploaded = 0;  ///< since the start
  bool transferQueue = false;       ///< bricks go to the device by a queue of their own, beside the frames
  /// Voxels of the bricks that are wanted for themselves and reached, in the image's voxel type.
  std::uint64_t bytesNeeded = 0;
  std::uint64_t bytesReadForView = 0;  ///< stored ones, since the view changed: bytesNeeded as the file's layout has it
  std::uint64_t pageCacheBytes = 0;
  HostMemory hostMemory;
  LoaderStats loader;
  AheadCounts ahead;          ///< see Engine::noteView()
  bool lookingAhead = false;  ///< more frames would load more ahead, even if nothing else is left to do
  /// GPU time of each group of passes, in the last frame with known times that recorded it: "uploads" (of bricks),
  /// "volume", "slices", "lines", and what others record into the frame. Empty where the device has no timestamps.
  std::map<std::string, double> gpuMs;
  std::vector<SetupRange> ranges;      ///< contrast of each setup shown; if measured, final once `converged`
  std::vector<std::string> newErrors;  ///< of bricks that failed since the last frame, each once
};

}  // namespace volary
