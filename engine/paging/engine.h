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

/// Whether rays report which bricks they reach, so that hidden ones are not loaded. The converged picture is the same
/// either way, byte by byte. Finding out takes more than one picture, so `automatic` means off on a software device,
/// where a picture costs more than reading the hidden bricks.
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
/// A view without a stated range is drawn with the contrast that suits what it shows, by surveys of the dataset
/// (paging/contrast.h); nothing is drawn before that is known. So a converged picture depends on the view and the
/// dataset alone.
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
  /// planned and drawn, the others stay as they are. picture() shows the result once the frame's commands have run.
  /// Throws Error if the view's setup or time point does not exist, or if the metadata of an image that is shown alone
  /// can't be read; the report names such an image if there are several.
  const FrameReport& drawFrame(gpu::Frame& frame, const View& view, const ivec2& sizePx, Effort effort,
                               const std::optional<PixelRect>& part = std::nullopt);

  /// Begins to make the pipelines that the first frame of `view` needs, on other threads; otherwise drawFrame begins
  /// it. True once they are there. Reads the metadata of the current setup's image. Throws as drawFrame does.
  bool prepare(const View& view, const ivec2& sizePx, Effort effort);

  /// Notes that `view`, which the next drawFrame draws, was current at this time, in seconds of any steady clock. From
  /// these notes the engine predicts what will be wanted next, and loads it while nothing else is to be loaded.
  /// Pictures are the same with and without. Nothing is loaded ahead unless this is called.
  void noteView(const View& view, double seconds);
  /// Forgets these notes: from now on nothing is loaded ahead.
  void stopLookingAhead();

  /// The picture that drawFrame drew last, sizePx large. Valid until the next drawFrame.
  Picture& picture();

  /// The wanted set of the last frame, and the state of each of its bricks. Only if FrameReport::imagePresent.
  const WantedSet& wanted() const;
  const std::vector<BrickState>& brickStates() const;
  /// The bricks of peaks that the last frame wanted besides.
  std::vector<std::pair<BrickKey, BrickState>> peaks() const;

  /// The bricks that the last frame's view shows: wanted for themselves and resident, in the order of their keys. Valid
  /// until the next drawFrame.
  std::vector<ShownBrick> shownBricks() const;
  /// The contrast that suits the voxels that the last frame's view shows of each image, whatever the file suggests; in
  /// a scene of panels, those in the first one. A setup is left out if none of its voxels are in view, or they are not
  /// surveyed yet.
  std::vector<SetupRange> findContrast();

  /// Waits until a brick was loaded, or `timeout`; for drawing without a window.
  void waitForBrick(std::chrono::milliseconds timeout);

  /// The box of all images of the last frame, in world space; absent unless it showed them fused, in world space.
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
