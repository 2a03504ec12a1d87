#include "paging/render_converged.h"

#include "base/error.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>
#include <unordered_map>

namespace volary {

namespace {

using Clock = std::chrono::steady_clock;

double msSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// Draws one picture, part by part, and keeps the account.
class ConvergedDrawing {
 public:
  ConvergedDrawing(gpu::Device& device, Engine& engine, const View& view, const ivec2& sizePx, RenderStats& stats)
      : engine_(engine), view_(view), sizePx_(sizePx), stats_(stats), frames_(device), start_(Clock::now()) {
    stats_.parts = 0;
  }

  void draw() {
    engine_.prepare(view_, sizePx_, Effort::complete);
    drawPart({ivec2(0), sizePx_});
  }

  void finish() {
    stats_.msConverged = msSince(start_);
    takeTimings();
    stats_.bricksWanted = wanted_.size();
    for (const auto& [key, state] : wanted_) {
      stats_.bricksResident += state == BrickState::resident ? 1 : 0;
      stats_.bricksHidden += state == BrickState::unreached ? 1 : 0;
      stats_.bricksPeaks += state == BrickState::resident && key.peaks > 0 ? 1 : 0;
    }
    for (const auto& [key, voxelBytes] : shown_) {
      ++stats_.shownPerLevel[key.level];
      stats_.bytesNeeded += voxelBytes;
    }
    stats_.bricksFailed = stats_.errors.size();
  }

 private:
  /// Draws the part; if what it wants does not fit the page cache, its two halves.
  void drawPart(const PixelRect& part) {
    const bool whole = part.begin == ivec2(0) && part.end == sizePx_;
    lastPart_ = whole ? std::nullopt : std::optional(part);
    while (true) {
      const Clock::time_point frameStart = Clock::now();
      gpu::Frame& frame = frames_.begin();
      const FrameReport& report = engine_.drawFrame(frame, view_, sizePx_, Effort::complete, lastPart_);
      frames_.submit(frame);
      stats_.frameMs.push_back(msSince(frameStart));
      for (const std::string& error : report.newErrors) stats_.errors.push_back(error);
      if (report.imagePresent && report.imagesPending == 0 && !engine_.wanted().fits)
        return drawHalves(part, report.slots);
      noteFirstImage(report);
      if (report.converged) return account(report);
      if (report.awaitsFeedback) continue;  // the next frame's turn waits for the GPU
      engine_.waitForBrick(std::chrono::milliseconds(50));
      // A frame for each brick would cost the workers their cores.
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  void drawHalves(const PixelRect& part, std::uint32_t slots) {
    const ivec2 size = part.end - part.begin;
    if (size == ivec2(1))
      fail(
          "the page cache of {} bricks is too small: the pixel at column {}, row {} alone needs more; give it more memory "
          "with --cache-mb",
          slots, part.begin.x, part.begin.y);
    const int axis = size.x >= size.y ? 0 : 1;
    PixelRect first = part, second = part;
    first.end[axis] = second.begin[axis] = part.begin[axis] + size[axis] / 2;
    drawPart(first);
    drawPart(second);
  }

  /// A frame's times are known when its place in the ring is taken again.
  void takeTimings() {
    const FrameReport* report = nullptr;
    for (int i = 0; i < gpu::FrameRing::kFramesInFlight; ++i) {
      gpu::Frame& frame = frames_.begin();
      report = &engine_.drawFrame(frame, view_, sizePx_, Effort::complete, lastPart_);
      frames_.submit(frame);
    }
    stats_.last.gpuMs = report->gpuMs;
  }

  void noteFirstImage(const FrameReport& report) {
    if (stats_.msFirstImage > 0.0 || !report.coarsestComplete) return;
    stats_.msFirstImage = msSince(start_);
  }

  void account(const FrameReport& report) {
    ++stats_.parts;
    stats_.last = report;
    if (!report.imagePresent) return;
    if (report.resolution) stats_.resolution += report.resolution->pixels;
    const auto& states = engine_.brickStates();
    const auto& bricks = engine_.wanted().bricks;
    for (std::size_t i = 0; i < bricks.size(); ++i) {
      // A brick may be hidden in one part of the picture, say, and drawn from in another.
      BrickState& state = wanted_.try_emplace(bricks[i].key, states[i]).first->second;
      if (states[i] == BrickState::resident) state = BrickState::resident;
    }
    for (const auto& [key, state] : engine_.peaks()) wanted_.insert_or_assign(key, state);
    for (const ShownBrick& brick : engine_.shownBricks()) shown_[brick.key] = brick.voxelBytes;
  }

  Engine& engine_;
  View view_;
  ivec2 sizePx_;
  RenderStats& stats_;
  gpu::FrameRing frames_;
  Clock::time_point start_;
  std::optional<PixelRect> lastPart_;
  std::unordered_map<BrickKey, BrickState> wanted_;
  std::map<BrickKey, std::uint64_t> shown_;  // voxel bytes of bricks wanted for themselves
};

}  // namespace

Pixels renderConverged(gpu::Device& device, Engine& engine, const View& view, const ivec2& sizePx, RenderStats* stats) {
  RenderStats unused;
  RenderStats& account = stats ? *stats : unused;
  {
    ConvergedDrawing drawing(device, engine, view, sizePx, account);
    drawing.draw();
    drawing.finish();
  }
  return {sizePx, engine.picture().readBack(device)};
}

}  // namespace volary
