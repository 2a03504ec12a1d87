#pragma once

#include "paging/pager.h"
#include "pyramid/source.h"
#include "render/renderer.h"
#include "scene/view.h"
#include "streaming/brick_statistics.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace volary {

/// Whether rays tell which bricks they reach, so that hidden ones are not loaded. A converged picture is the same, byte
/// by byte. It takes more than one picture to know, so `automatic` is off on a software device, where a picture costs
/// more than reading what is hidden.
enum class Feedback { off, on, automatic };

struct EngineSettings {
  std::uint64_t pageCacheBytes = 512ull << 20;
  std::uint64_t uploadBytesPerFrame = 8ull << 20;
  LoaderSettings loader;
  Feedback feedback = Feedback::automatic;
};

/// How much of the picture one frame draws.
enum class Effort {
  /// Every pixel, once all bricks that the view wants are in (and once before, when the coarsest level is): pictures
  /// for files.
  complete,
  /// What fits the frame's time: fewer pixels while something changes, all of them, part by part, when it is still.
  interactive,
};

/// What an engine holds in main memory: chunks, decoded and as stored, bricks on their way to the GPU, the page table.
///
/// `boundBytes` is the bound of LoaderSettings with the table of a full page cache, whatever the dataset and however
/// long one flies; where the source makes levels, with what that may take (Source::workBytes(), which counts in all
/// figures). On top come what is between the filters of a chunk, and the lists of wanted bricks with their statistics,
/// some 300 bytes a slot.
struct HostMemory {
  std::uint64_t bytes = 0;
  std::uint64_t peakBytes = 0;  ///< the most in any frame
  std::uint64_t boundBytes = 0;
  std::uint64_t tableBytes = 0;     ///< of `bytes`, the page table's
  std::uint64_t workPeakBytes = 0;  ///< the most that the source said it may hold
};

/// A brick on the screen, and what its values are like.
struct ShownBrick {
  BrickKey key;
  std::uint64_t voxelBytes = 0;  ///< of its payload, as the file means them
  const BrickStatistics* statistics = nullptr;
};

/// How fine the pixels of a picture are, as the GPU counted them: of a projection where its maximum is, say, of a
/// surface that surface, of what is composited or averaged the first sample that counts. Of several images the coarsest
/// one counts.
struct ShownResolution {
  PixelsByResolution pixels{};  ///< none where nothing wanted was missing, so that there was nothing to be counted
  /// The share of the pixels that show a voxel and are as fine as wanted.
  double asWanted() const;
  ShownResolution& operator+=(const PixelsByResolution& more);
};

/// What wants a picture's levels.
enum class WantedBy {
  screen,     ///< its pixels
  pageCache,  ///< its pixels, and the page cache's size makes them all coarser by WantedSet::bias
  pinnedLevel,
};

/// What the last frame was like.
struct FrameReport {
  /// Nothing wanted is missing (failed bricks don't count, nor what no ray of this picture reaches), no stand-in is
  /// left (ImagePyramid::growing), and the picture shows that.
  bool converged = false;
  bool coarsestComplete = false;  ///< the picture shows something everywhere: nothing of the coarsest level is missing
  bool sharp = false;             ///< the picture has its full resolution
  /// It is not this view's yet: the driver is still making the code that draws it. Never for Effort::complete, which
  /// waits.
  bool awaitsPipelines = false;
  bool imagePresent = true;        ///< false: the dataset has none of the images (missing views), the picture is empty
  std::size_t imagesPending = 0;   ///< whose metadata is still being read: they are not in the picture yet
  bool growing = false;            ///< of some image coarser levels are being made: the picture is not final
  std::uint32_t bricksUnmade = 0;  ///< wanted, and still to be made by the source
  std::uint32_t bricksUnreached = 0;  ///< wanted, not there and not asked for; once `converged`, hidden
  bool awaitsFeedback = false;        ///< what was drawn has yet to run on the GPU, and to tell what it reaches
  double fractionComplete =
      0;               ///< resident / wanted bricks, peaks too; once `converged`, hidden ones count as resident
  double lodBias = 0;  ///< see WantedSet::bias
  WantedBy wantedBy = WantedBy::screen;
  /// Of the picture that has full resolution, as far as it is drawn and has told; absent while nobody knows.
  std::optional<ShownResolution> resolution;
  /// False: the page cache does not hold even the coarsest choice (a pinned level, or that of an image that has no
  /// small one), or not its peaks. What is wanted is then what lies in the picture's middle, and a converged picture
  /// lacks the rest.
  bool cacheHoldsAll = true;
  std::vector<LevelCounts> levels;
  LevelCounts peaks;  ///< of bricks of peaks, which a maximum shows in place of some of `levels` and which count in
                      ///< none of these
  std::vector<std::uint32_t> shownPerLevel;  ///< resident bricks of each level that are wanted for themselves
  std::uint32_t slots = 0;
  std::uint32_t slotsUsed = 0;
  std::uint64_t pageHits = 0;    ///< bricks that were resident when they began to be wanted, since the start
  std::uint64_t pageMisses = 0;  ///< and those that were not
  std::uint64_t evictions = 0;
  std::uint64_t bytesUploaded = 0;  ///< since the start
  bool transferQueue = false;       ///< bricks go to the device by a queue of their own, beside the frames
  std::uint64_t bytesNeeded =
      0;  ///< voxels of the bricks that are wanted for themselves and reached, as the file means them
  std::uint64_t bytesReadForView = 0;  ///< as stored, since the view changed: what the file's layout makes of it
  std::uint64_t pageCacheBytes = 0;
  HostMemory hostMemory;
  LoaderStats loader;
  AheadCounts ahead;          ///< see Engine::noteView()
  bool lookingAhead = false;  ///< more frames would load more ahead, even if nothing else is left to do
  /// GPU time of each group of passes in the last frame that is known of and recorded any: "uploads" (of bricks),
  /// "volume", "slices", "lines", and what others record into the frame. Empty where the device has no timestamps.
  std::map<std::string, double> gpuMs;
  std::vector<SetupRange> ranges;  ///< contrast of each setup shown; where the view has none, final once `converged`
  std::vector<std::string> newErrors;  ///< of bricks that failed since the last frame, each once
};

/// Everything between a view and its picture: plan -> load -> upload -> draw. One per opened source; used by the render
/// thread alone.
///
/// A view without a stated range is drawn with the contrast of what it shows (findContrast()): as far as it is there,
/// and of all of it once the picture converges, so that a converged picture depends on the view and the dataset alone.
///
/// The device and the source must outlive it.
class Engine {
 public:
  Engine(gpu::Device& device, Source& source, const EngineSettings& settings);
  /// Waits for the GPU and for the chunks that are being read.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Records one frame of `view` into `frame`: uploads, page table, passes, lines. Never waits for a brick, nor, if
  /// interactive, for a pipeline: the picture stays as it was until that is made. With `part` only these pixels are
  /// planned and drawn, the others stay as they are. picture() shows it once the frame's commands have run. Throws
  /// Error if the view's setup or time point does not exist, or if the metadata of an image that is shown alone can't
  /// be read; of one among several the report tells.
  const FrameReport& drawFrame(gpu::Frame& frame, const View& view, const ivec2& sizePx, Effort effort,
                               const std::optional<PixelRect>& part = std::nullopt);

  /// Begins to make what the first frame of `view` is drawn with, by other threads; without it drawFrame does. True
  /// once it is there. Reads the metadata of the current setup's image. Throws as drawFrame does.
  bool prepare(const View& view, const ivec2& sizePx, Effort effort);

  /// Tells when the view was what the next drawFrame draws, in seconds of any steady clock. From these the engine tells
  /// what will be wanted next, and loads it while nothing else is to be loaded; pictures are the same with and without.
  /// Without this call nothing is loaded ahead.
  void noteView(const View& view, double seconds);
  /// Forgets them: from now on nothing is loaded ahead.
  void stopLookingAhead();

  /// The picture that drawFrame drew last, sizePx large. Valid until the next drawFrame.
  Picture& picture();

  /// The wanted set of the last frame, and how each of its bricks stood. Only while the image is present.
  const WantedSet& wanted() const;
  const std::vector<BrickState>& brickStates() const;
  /// The bricks of peaks that it wanted besides.
  std::vector<std::pair<BrickKey, BrickState>> peaks() const;

  /// The bricks that the last frame's view shows: wanted for themselves and resident, in the order of their keys. Valid
  /// until the next drawFrame.
  std::vector<ShownBrick> shownBricks() const;
  /// The contrast that suits these bricks of the last frame's images: ValueDistribution::contrastRange() of each
  /// channel, where each voxel counts as its part of the space. A setup of whose channel they hold no values is left
  /// out.
  std::vector<SetupRange> findContrast(std::span<const ShownBrick> bricks) const;

  /// Waits until a brick was loaded, or `timeout`; for drawing without a window.
  void waitForBrick(std::chrono::milliseconds timeout);

  /// The world box of all images of the last frame, if that showed several of them, in world space.
  std::optional<Box3> sceneBox() const;

  /// Asks once more for the bricks that failed.
  void retryFailed();

  /// Changes how many threads load and how much memory they may use. Costs nothing where nothing changes.
  void adjustLoader(const LoaderSettings& settings);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace volary
