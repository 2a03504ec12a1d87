#pragma once

#include "pyramid/source.h"
#include "scene/view.h"
#include "streaming/loader.h"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace volary {

namespace gpu {
class Device;
class Frame;
}  // namespace gpu
class Picture;

struct EngineSettings {
  std::uint64_t pageCacheBytes = 512ull << 20;
  std::uint64_t uploadBytesPerFrame = 8ull << 20;
  LoaderSettings loader;
};

/// How much is drawn in one frame.
enum class Effort {
  complete,     ///< every pixel, whatever it takes: pictures for files
  interactive,  ///< what fits the frame's time: fewer pixels while something moves, all of them, part by part, when still
};

/// Counts of one level, for the panel.
struct LevelCounts {
  std::uint32_t wanted = 0;
  std::uint32_t resident = 0;  ///< of the wanted ones
  std::uint32_t queued = 0;    ///< wanted, not resident, not failed
  std::uint32_t failed = 0;
};

/// What the last frame was like.
struct FrameReport {
  bool converged = false;       ///< nothing wanted is missing (failed bricks don't count), and every pixel is drawn from it
  double fractionComplete = 0;  ///< resident / wanted bricks
  bool sharp = false;           ///< the picture has its full resolution
  double lodBias = 0;
  std::vector<LevelCounts> levels;
  std::uint32_t slots = 0;
  std::uint32_t slotsUsed = 0;
  std::uint64_t pageHits = 0;    ///< wanted bricks found resident, since the start
  std::uint64_t pageMisses = 0;  ///< wanted bricks not found resident when first wanted, since the start
  std::uint64_t evictions = 0;
  std::uint64_t bytesUploaded = 0;
  std::uint64_t pageCacheBytes = 0;
  LoaderStats loader;
  std::vector<std::string> newErrors;  ///< of bricks that failed since the last frame, each once
};

/// Everything between a view and its picture: plan -> load -> upload -> draw. One per opened image source; used by the
/// render thread alone.
class Engine {
 public:
  Engine(gpu::Device& device, Source& source, const EngineSettings& settings);
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Records one frame of `view` at `sizePx` into `frame`: uploads, page table, passes, overlay. Never waits for a brick.
  /// picture() then shows it once the frame's commands have run. Throws Error if the view's setup or time point can't be
  /// opened.
  const FrameReport& drawFrame(gpu::Frame& frame, const View& view, const ivec2& sizePx, Effort effort);

  /// The picture that drawFrame drew last.
  Picture& picture();

  /// Waits until a brick was loaded, or `timeout`; for drawing without a window.
  void waitForBrick(std::chrono::milliseconds timeout);

  /// Asks once more for the bricks that failed.
  void retryFailed();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A finished picture in host memory: RGBA, 8 bit each, rows from the top.
struct Pixels {
  ivec2 sizePx{0};
  std::vector<std::uint8_t> rgba;
};

/// What drawing a picture took.
struct RenderStats {
  FrameReport last;
  std::uint64_t bricksWanted = 0;
  std::uint64_t bricksResident = 0;
  std::uint64_t bricksFailed = 0;
  double msFirstImage = 0;   ///< until the picture was complete at some level
  double msConverged = 0;
  std::vector<double> frameMs;
  std::vector<std::uint64_t> leavesPerLevel;  ///< bricks shown of each level
  std::vector<std::string> errors;
};

/// Draws `view` until it has converged and returns the picture. Where a pinned level does not fit the page cache the
/// picture is drawn in tiles, each with the bricks that it needs. Throws Error if not even one pixel's bricks fit.
Pixels renderConverged(gpu::Device& device, Engine& engine, const View& view, const ivec2& sizePx,
                       RenderStats* stats);

}  // namespace volary
