// ViewerApp's frame: drawing it, and using its report. Events and commands are in viewer_app.cpp.
#include "base/error.h"
#include "base/os/process_figures.h"
#include "viewer/screenshot.h"
#include "viewer/ui/panels.h"
#include "viewer/viewer_app.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace volary {

namespace {

constexpr double kFiguresSeconds = 0.5;  // numbers that change faster can't be read
constexpr double kAwaitSeconds = 0.2;    // what people perceive as about instantaneous

}  // namespace

void ViewerApp::drawFrame() {
  noteSidecar();
  const bool stale = model_.editor.revision() != drawnRevision_ || window_.framebufferPx() != drawnSizePx_ || retry_ ||
                     currentPyramid() != drawnPyramid_;
  const bool building = model_.sidecar.state == SidecarStatus::State::building;
  const bool figuresDue = (model_.panelsOpen || building) && now() - figuresSeconds_ >= kFiguresSeconds;
  const bool pictureDue = stale || !model_.pictureFinished();
  const bool settling = pictureDue && !model_.awaitsSource();
  // Bricks that are loaded ahead come in with frames that draw nothing.
  const bool aheadDue = model_.report.lookingAhead;
  if (!pictureDue && !aheadDue && !figuresDue && framesToDraw_ == 0 && !model_.opening) return;
  // Panels that a picture's report changes need some more frames for their layout.
  framesToDraw_ = settling ? kSettlingFrames : std::max(0, framesToDraw_ - 1);

  const double begun = now();
  gpu::Frame& frame = presenter_.begin();
  if ((pictureDue || aheadDue) && !drawPicture(frame)) return;
  if (awaitsFirstPicture()) {
    presenter_.finishUnseen(frame);
    return;
  }
  pictureShown_ = true;
  updateFigures();
  drawPanels();
  presenter_.finish(frame, &session_->engine().picture());
  hasShown_ = true;
  if (pictureDue) model_.figures.frameTimes.add(1000.0 * (now() - begun));
  if (model_.screenshotPending && model_.pictureFinished() && model_.editor.revision() == drawnRevision_)
    saveScreenshot();
}

/// Before the first picture with something in it: an empty picture would only cost a frame.
bool ViewerApp::awaitsFirstPicture() const {
  return !pictureShown_ && !model_.report.coarsestComplete && now() - openedSeconds_ < kAwaitSeconds;
}

bool ViewerApp::drawPicture(gpu::Frame& frame) {
  const std::uint64_t uploadedBefore = model_.report.bytesUploaded;
  const View& view = model_.editor.view();
  const ivec2 sizePx = window_.framebufferPx();
  session_->engine().adjustLoader(model_.loader);
  if (model_.prefetch)
    session_->engine().noteView(view, now());
  else
    session_->engine().stopLookingAhead();
  try {
    model_.report = session_->engine().drawFrame(frame, view, sizePx, Effort::interactive);
  } catch (const Error& error) {
    // Back to the last view that could be drawn; without one there is nothing to show.
    if (!drawnView_ || view == *drawnView_) throw;
    model_.messages.addError(error.what());
    model_.editor.adjust([&](View& v) { v = *drawnView_; });
    return false;
  }
  drawnView_ = view;
  drawnRevision_ = model_.editor.revision();
  drawnSizePx_ = sizePx;
  drawnPyramid_ = currentPyramid();
  retry_ = false;
  status_.sizePx = sizePx;
  progressed_ = model_.report.bytesUploaded != uploadedBefore || model_.report.converged;
  updateScene();
  noteBrickErrors();
  return true;
}

void ViewerApp::drawPanels() {
  model_.drawnView = model_.editor.view();
  presenter_.ui().beginFrame();
  drawStatusLine(model_, *session_);
  if (model_.panelsOpen) {
    drawControlsPanel(model_, *session_, now());
    // The panel belongs to the overlay; bricks that failed bring it up by themselves.
    const bool overlay = model_.editor.view().overlay != Overlay::none;
    if (overlay || model_.brickErrorCount > 0) drawResidencyPanel(model_, *session_);
  }
  if (model_.helpOpen) drawHelpPanel(model_);
  drawMessages(model_);
  presenter_.ui().endFrame();
  if (presenter_.ui().active()) framesToDraw_ = std::max(framesToDraw_, 1);
}

/// Null if the image is missing, or its metadata can't be read, which drawing reports.
const ImagePyramid* ViewerApp::currentPyramid() const {
  try {
    const ImageId image = session_->imageOf(model_.editor.view());
    return session_->isPresent(image) ? &session_->pyramid(image) : nullptr;
  } catch (const Error&) {
    return nullptr;
  }
}

void ViewerApp::noteSidecar() {
  model_.sidecar = session_->sidecarOf(session_->imageOf(model_.editor.view()));
  if (model_.sidecar.state != SidecarStatus::State::failed || std::exchange(sidecarFailureTold_, true)) return;
  model_.messages.addNote("Coarser levels can't be kept: " + model_.sidecar.problem, now());
}

void ViewerApp::noteBrickErrors() {
  for (const std::string& error : model_.report.newErrors) {
    if (model_.brickErrorCount++ == 0) model_.messages.addError(error);
    // Every brick that touches a chunk that can't be read fails, all with the same words.
    const bool known =
        std::find(model_.brickErrors.begin(), model_.brickErrors.end(), error) != model_.brickErrors.end();
    if (!known && model_.brickErrors.size() < ViewerModel::kMostBrickErrors) model_.brickErrors.push_back(error);
  }
}

void ViewerApp::updateFigures() {
  if (now() - figuresSeconds_ < kFiguresSeconds) return;
  figuresSeconds_ = now();
  model_.figures.processBytes = os::residentBytes();
  model_.figures.read.add(model_.report.loader.bytesRead, now());
  model_.figures.decoded.add(model_.report.loader.bytesDecoded, now());
  model_.figures.uploaded.add(model_.report.bytesUploaded, now());
}

void ViewerApp::saveScreenshot() {
  model_.screenshotPending = false;
  framesToDraw_ = std::max(framesToDraw_, 2);
  try {
    const auto path = writeScreenshot(session_->engine().picture(), device_,
                                      std::filesystem::path(nameOf(session_->dataset())).stem().string(),
                                      model_.editor.view(), contentOf(model_.report));
    model_.messages.addNote(fmt::format("Saved {}", path.string()), now());
    status_.screenshots.push_back(path.string());
  } catch (const Error& error) {
    model_.messages.addError(error.what());
  }
}

}  // namespace volary
