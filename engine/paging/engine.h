#pragma once

#include "paging/frame_report.h"
#include "paging/shown_bricks.h"
#include "pyramid/source.h"
#include "render/renderer.h"
#include "scene/view.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
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
