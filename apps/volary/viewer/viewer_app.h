#pragma once

#include "viewer/presenter.h"
#include "viewer/session.h"
#include "viewer/status_file.h"
#include "viewer/viewer.h"
#include "viewer/viewer_model.h"
#include "viewer/window.h"

#include <chrono>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// The viewer's loop: events -> view -> frame, until the window is closed. Used by the main thread alone.
///
/// Never waits for voxels: files are opened by another thread. While nothing changes it sleeps, and
/// while only the panels change the volume is not drawn again.
class ViewerApp {
 public:
  ViewerApp(Window& window, gpu::Device& device, OpenedFile file, const ViewerOptions& options);

  /// Until the window is closed.
  void run();
  /// Until the coarsest level is on the screen. False if the window was closed before.
  bool runToFirstPicture();

  /// The view that is shown.
  const View& view() const { return model_.editor.view(); }
  const std::string& location() const { return session_->location(); }
  /// A picture was on the screen.
  bool hasShown() const { return hasShown_; }

 private:
  static constexpr int kSettlingFrames = 3;  // Dear ImGui lays a window out over some frames

  double now() const;
  void runOnce();
  double chooseWait() const;
  void handleEvents(const std::vector<InputEvent>& events);
  void handleKey(const KeyEvent& event);
  void runCommand(const KeyMatch& match);

  void startOpening(const std::string& path);
  void finishOpening();
  std::unique_ptr<Session> openSession(OpenedFile file, const View* wanted) const;
  void show(std::unique_ptr<Session> session);
  void chooseContrast();
  void updateScene();

  void drawFrame();
  bool drawPicture(gpu::Frame& frame);
  bool awaitsFirstPicture() const;
  void drawPanels();
  const ImagePyramid* currentPyramid() const;
  void noteSidecar();
  void noteBrickErrors();
  void saveScreenshot();
  void updateFigures();

  Window& window_;
  gpu::Device& device_;
  const ViewerOptions& options_;
  std::unique_ptr<Session> session_;  // before the presenter: the session's pipelines are made while that is set up
  Presenter presenter_;
  std::future<OpenedFile> opening_;
  ViewerModel model_;
  StatusFile statusFile_;
  StatusFile::State status_;

  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  bool quit_ = false;
  bool retry_ = false;
  bool progressed_ = false;             // the last frame brought something new
  std::vector<InputEvent> events_;      // that are being handled
  int framesToDraw_ = kSettlingFrames;  // even if nothing seems to change
  double figuresSeconds_ = 0.0;
  double openedSeconds_ = 0.0;
  bool pictureShown_ = false;  // of this file
  bool hasShown_ = false;      // of any
  ivec2 drawnSizePx_{0};
  std::uint64_t drawnRevision_ = 0;
  const ImagePyramid* drawnPyramid_ = nullptr;  // coarser levels may come while the file is open
  bool sidecarFailureTold_ = false;
  std::optional<View> drawnView_;  // the last one that could be drawn
};

}  // namespace volary
