#pragma once

#include "base/frame_memory.h"
#include "cache/page_cache.h"
#include "cache/page_table.h"
#include "paging/wanted.h"
#include "pyramid/brick_map.h"
#include "pyramid/growing_pyramids.h"
#include "render/overlay.h"
#include "streaming/loader.h"

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace volary {

struct FrameReport;

/// Counts of one level's wanted bricks, for the panel.
struct LevelCounts {
  std::uint32_t wanted = 0;
  std::uint32_t resident = 0;
  std::uint32_t queued = 0;  ///< neither resident nor failed
  std::uint32_t failed = 0;
  std::uint32_t unreached = 0;  ///< not there, and not asked for: see Demand
};

/// Which bricks of the wanted set are asked for.
enum class Demand {
  all,
  /// Ancestors, and what rays reach (noteReached()). The rest is known to be hidden, or may be.
  reached,
};

/// A finished brick and the slot of the page cache that it is to be copied into before this frame draws.
struct BrickUpload {
  std::uint32_t slot = 0;
  BrickKey key;
  std::vector<std::byte> voxels;  ///< see LoadedBrick, also for `cells`
  std::vector<std::byte> cells;
};

/// The result of one frame's paging.
struct PagerFrame {
  std::vector<BrickUpload> uploads;
  std::vector<ResidentBrick> resident;  ///< of the wanted bricks, by rank, uploads included: what the page table holds
  std::vector<BrickState> states;       ///< parallel to the wanted set's bricks
  std::vector<LevelCounts> levels;      ///< by level, of all images
  std::vector<ResidentBrick> peaks;     ///< of the bricks of peaks: shown in place of the stored ones
  LevelCounts peakCounts;               ///< of these, of all levels
  std::vector<BrickKey> ghosts;         ///< of the wanted bricks, by rank: missing, unreached or failed
  /// Rays are to report which of `ghosts` they reach: if Demand::reached, and no ancestor is missing. Ancestors decide
  /// how far a ray goes.
  bool raysTell = false;
  std::uint32_t missing = 0;    ///< asked for, and neither resident nor failed, or only its stand-in is resident
  std::uint32_t unreached = 0;  ///< wanted, not there and not asked for
  /// Missing ones that the source has yet to make (GrowingPyramids::isMade()): not requested.
  std::uint32_t unmade = 0;
  std::uint32_t failed = 0;       ///< wanted and failed
  bool coarsestComplete = false;  ///< nothing of any coarsest level is missing: the picture has no hole
  bool changed = false;  ///< the wanted set, `resident`, `ghosts` or `raysTell` is not what it was in the last frame
  bool peaksChanged = false;           ///< the same for `peaks` and their counts
  std::vector<std::string> newErrors;  ///< one sentence for each brick that failed since the last frame
  std::uint32_t aheadPending = 0;      ///< of the prefetch list, still to be loaded
};

/// No brick that is asked for is missing, and no peaks are.
inline bool nothingMissing(const PagerFrame& frame) { return frame.missing == 0 && frame.peakCounts.queued == 0; }

/// Bricks that were loaded ahead, since the start.
struct AheadCounts {
  std::uint64_t loaded = 0;
  std::uint64_t used = 0;      ///< of these, wanted later
  std::uint64_t wasted = 0;    ///< never wanted, and gone
  std::uint32_t resident = 0;  ///< not wanted yet, and in the page cache
};

/// The residency of one source's bricks, without the GPU: turns the wanted set into requests, and finished bricks into
/// slots. Used by the render thread alone; never waits, but for waitForBrick().
///
/// Bricks of peaks (pyramid/peaks.h) are wanted beside the wanted set; the two share only requests and slots. Peaks are
/// requested when nothing else that is asked for is missing.
///
/// Invariants: a wanted brick is never evicted for another one; a coarsest level that is wanted whole stays resident as
/// long as it is wanted; a brick that failed is reported once and not requested again until retryFailed(). The prefetch
/// list changes neither what is wanted nor what a frame shows; a failure in it is not reported, since nobody asked for
/// the brick, which is loaded again when it is wanted. A stand-in (GrowingPyramids::standIn()) is shown, but counts as
/// missing, and is replaced when there is something better.
class Pager {
 public:
  Pager(Source& source, const LoaderSettings& settings, std::uint32_t slotCount);

  /// Replaces the wanted set. Peaks stay wanted if their stored bricks do.
  void setWanted(const WantedSet& wanted);
  const WantedSet& wanted() const { return wanted_; }

  /// Which of its bricks are asked for; Demand::all to begin with.
  void setDemand(Demand demand);
  /// Notes that rays have reached these bricks, of this wanted set or an earlier one. A brick counts as reached as long
  /// as it is wanted without a break, so that a request is not taken back while one looks about.
  void noteReached(std::span<const BrickKey> bricks);

  /// Replaces the prefetch list by the first mostAhead() bricks of `ranked` that are not wanted, nor resident since an
  /// earlier view wanted them. To be called after setWanted().
  void setAhead(std::span<const BrickKey> ranked);
  /// How many bricks may be loaded ahead: a quarter of the page cache, less where the wanted set leaves less.
  std::size_t mostAhead() const;
  bool aheadFull() const { return ahead_.size() >= mostAhead(); }

  /// Replaces the bricks of peaks, by rank. They must be no more than the wanted set leaves slots for, and their stored
  /// bricks must be in it. The frame of the last update() shows them at once.
  void setPeaks(std::span<const BrickKey> peaks);
  /// The bricks given to setPeaks(), and the state of each.
  const std::vector<BrickKey>& peaks() const { return peaks_; }
  BrickState peakState(const BrickKey& key) const;

  /// Takes at most `most` finished bricks from the loader. They count as missing, and are not requested again, until
  /// they are given to update(), in this frame or a later one.
  FrameVector<LoadedBrick> takeFinished(std::size_t most);
  /// Puts such bricks into slots, and requests what is missing. Costs nothing while nothing happens. The result is
  /// valid until the next call.
  const PagerFrame& update(FrameVector<LoadedBrick> bricks);
  /// The result of the last update().
  const PagerFrame& frame() const { return frame_; }
  /// takeFinished() and update() in one frame.
  const PagerFrame& update(std::size_t maxUploads) { return update(takeFinished(maxUploads)); }

  /// Asks once more for the bricks that failed.
  void retryFailed();

  /// Waits until a brick was loaded, or `timeout`; true if one was.
  bool waitForBrick(std::chrono::milliseconds timeout) { return loader_.waitForFinished(timeout); }

  const PageCache& cache() const { return cache_; }
  /// The statistics of the brick in this slot.
  const BrickStatistics& statistics(std::uint32_t slot) const { return statistics_[slot]; }
  /// The LoadedBrick::excess of the brick in this slot.
  float excess(std::uint32_t slot) const { return excess_[slot]; }
  /// Applies threads and budgets to what is loaded from now on.
  void adjustLoader(const LoaderSettings& settings) {
    loader_.setThreads(settings.threads);
    loader_.setBudgets(settings.hostCacheBytes, settings.storedBytes);
  }
  LoaderStats loaderStats() const { return loader_.stats(); }
  /// Bricks that were, or were not, resident when they began to be wanted.
  std::uint64_t hits() const { return hits_; }
  std::uint64_t misses() const { return misses_; }
  AheadCounts aheadCounts() const;

  /// Reports the last frame, except what depends on its images: FrameReport::bytesNeeded and the like.
  void tell(FrameReport& report) const;

 private:
  void notePeakKeys();
  void place(LoadedBrick brick);
  void placeAhead(LoadedBrick brick);
  void upload(std::uint32_t slot, LoadedBrick brick);
  bool isAskedFor(const WantedBrick& brick) const;
  void classify();
  void classifyPeaks();
  void request();
  void ask(const BrickKey& key, FrameVector<BrickKey>& ranked) const;
  bool isMade(const BrickKey& key, FrameVector<ChunkKey>& unmade) const;
  bool requestStandIn(const BrickKey& key, FrameVector<BrickKey>& ranked);
  void addPlane(const BrickKey& key, FrameVector<PlaneInView>& planes) const;
  bool standsIn(const BrickKey& key) const { return !standIns_.empty() && standIns_.contains(key); }
  void pinCoarsest();

  Source& source_;
  GrowingPyramids* const growing_;  // null if the source's pyramids don't grow
  Loader loader_;
  PageCache cache_;
  std::vector<BrickStatistics> statistics_;  // a slot
  std::vector<float> excess_;                // a slot
  WantedSet wanted_;
  BrickSet wantedKeys_;
  BrickSet spareKeys_;  // empty; kept for its memory
  std::vector<BrickKey> peaks_;
  BrickSet peakKeys_;
  Demand demand_ = Demand::all;
  BrickSet reached_;  // of the wanted ones
  std::unordered_map<BrickKey, std::string> failed_;
  /// Resident stand-ins, and requests that may deliver one. The value is GrowingPyramids::standIn() at the time of the
  /// request; kMade if the brick was made by then.
  static constexpr std::uint64_t kMade = 0;
  BrickMap<std::uint64_t> standIns_;
  BrickMap<std::uint64_t> asked_;
  BrickSet underWay_;  // from takeFinished() to update()
  std::vector<BrickKey> pinned_;
  std::vector<BrickKey> ahead_;
  BrickSet aheadPending_;  // requested, and not finished in one way or another
  BrickSet aheadFailed_;
  std::uint64_t aheadLoaded_ = 0;
  std::uint64_t aheadUsed_ = 0;  // these two: without the bricks that the page cache counts
  std::uint64_t aheadWasted_ = 0;
  std::uint64_t hits_ = 0;
  std::uint64_t misses_ = 0;
  bool dirty_ = false;          // something happened since the last update
  bool demandDirty_ = false;    // only what is asked for has changed
  bool aheadDirty_ = false;     // only the prefetch list has changed
  std::uint64_t revision_ = 0;  // of the source, when bricks were requested last
  PagerFrame frame_;
};

}  // namespace volary
