#pragma once

#include "paging/engine.h"
#include "sidecar/sidecar_source.h"
#include "viewer/frame_statistics.h"
#include "viewer/input/keymap.h"
#include "viewer/messages.h"
#include "viewer/navigation_controller.h"
#include "viewer/view_editor.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace volary {

class Session;

/// Measurements for the residency panel.
struct ViewerFigures {
  FrameTimes frameTimes;
  RateMeter read;
  RateMeter decoded;
  RateMeter uploaded;
  std::uint64_t processBytes = 0;
};

/// All that the panels show and change, apart from the GPU. Owned by the viewer, used by the main thread.
struct ViewerModel {
  ViewEditor editor;
  View drawnView;  ///< what the panels show; what they edit is drawn with the next frame
  NavigationController navigation;
  NavigationScene scene;
  Messages messages;
  ViewerFigures figures;
  FrameReport report;
  SidecarStatus sidecar;                 ///< of the image in view
  std::vector<std::string> brickErrors;  ///< the first texts of failed bricks, each once
  std::uint64_t brickErrorCount = 0;
  std::optional<int> listedSetup;       ///< id of the current setup when the list of setups was last scrolled to it
  std::vector<ViewerCommand> requests;  ///< buttons that were pressed in this frame
  bool panelsOpen = true;
  bool helpOpen = false;
  LoaderSettings loader;
  bool prefetch = true;            ///< load ahead what the next views want
  bool opening = false;            ///< another file is being opened
  bool screenshotPending = false;  ///< a picture is to be saved as soon as it is complete

  static constexpr std::size_t kMostBrickErrors = 20;

  /// The contrast with which the picture shows a setup; nothing if it does not show it.
  std::optional<ValueRange> drawnRange(int setup) const {
    for (const SetupRange& one : report.ranges)
      if (one.setup == setup) return one.range;
    return std::nullopt;
  }
  /// Wanted bricks that could not be loaded: the picture is complete but for these.
  std::uint32_t bricksFailed() const {
    std::uint32_t sum = report.peaks.failed;
    for (const LevelCounts& level : report.levels) sum += level.failed;
    return sum;
  }
  /// True if all that can be drawn by now is drawn, and the source is still making the rest, which takes a while.
  bool awaitsSource() const {
    std::uint32_t missing = report.peaks.queued;
    for (const LevelCounts& level : report.levels) missing += level.queued;
    return report.growing && report.sharp && report.imagesPending == 0 && missing == report.bricksUnmade;
  }
  /// True if the picture is final unless something changes.
  bool pictureFinished() const { return report.converged && report.sharp; }
};

}  // namespace volary
