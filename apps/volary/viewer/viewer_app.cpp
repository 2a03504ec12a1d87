#include "viewer/viewer_app.h"

#include "base/error.h"
#include "viewer/commands.h"

#include <algorithm>
#include <utility>
#include <variant>

namespace volary {

namespace {

template <typename... Handlers>
struct Overloaded : Handlers... {
  using Handlers::operator()...;
};
template <typename... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

constexpr double kIdleSeconds = 0.25;  // how soon a sleeping window notices changes that cause no event

}  // namespace

ViewerApp::ViewerApp(Window& window, gpu::Device& device, OpenedFile file, const ViewerOptions& options)
    : window_(window),
      device_(device),
      options_(options),
      session_(openSession(std::move(file), options.view ? &*options.view : nullptr)),
      presenter_(device, window),
      statusFile_(options.statusFile) {
  show(std::move(session_));
  model_.prefetch = options.prefetch;
  model_.loader = options.engine.loader;
  if (!options.greeting.empty()) model_.messages.addError(options.greeting);
}

double ViewerApp::now() const {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
}

void ViewerApp::run() {
  while (!quit_ && !window_.shouldClose()) runOnce();
}

bool ViewerApp::runToFirstPicture() {
  while (!quit_ && !window_.shouldClose()) {
    runOnce();
    if (model_.report.coarsestComplete) return true;
  }
  return false;
}

void ViewerApp::runOnce() {
  window_.waitForEvents(chooseWait());
  const FrameScope scope;
  window_.takeEvents(events_);
  handleEvents(events_);
  finishOpening();
  model_.navigation.advance(model_.scene, model_.editor, now());
  model_.messages.dropEnded(now());
  if (window_.framebufferPx() != ivec2(0)) drawFrame();
  for (const ViewerCommand command : std::exchange(model_.requests, {})) runCommand({.command = command});
  window_.capturePointer(model_.navigation.wantsPointerCaptured());
  status_.upToDate =
      model_.editor.revision() == drawnRevision_ && window_.framebufferPx() == drawnSizePx_ && !model_.opening;
  status_.fullScreen = window_.fullScreen();
  statusFile_.update(model_, status_);
}

double ViewerApp::chooseWait() const {
  if (window_.framebufferPx() == ivec2(0)) return kIdleSeconds;
  if (model_.navigation.moving() || model_.editor.revision() != drawnRevision_) return 0.0;
  constexpr double kSoonSeconds = 0.001;
  if (!pictureShown_) return kSoonSeconds;
  // Bricks are on their way. Their arrival causes no event, so look often, but leave the cores to those who make them.
  constexpr double kLoadingSeconds = 0.008;
  constexpr double kGrowingSeconds = 0.1;
  if (model_.awaitsSource() && !progressed_ && framesToDraw_ == 0) return kGrowingSeconds;
  if (!model_.pictureFinished()) return progressed_ ? 0.0 : kLoadingSeconds;
  if (framesToDraw_ > 0) return 0.0;
  return model_.report.lookingAhead ? kLoadingSeconds : kIdleSeconds;
}

void ViewerApp::handleEvents(const std::vector<InputEvent>& events) {
  UiLayer& ui = presenter_.ui();
  NavigationController& navigation = model_.navigation;
  for (const InputEvent& event : events) {
    std::visit(Overloaded{
                   [&](const KeyEvent& key) { handleKey(key); },
                   [&](const ButtonEvent& button) {
                     if (!button.pressed || !ui.ownsMouseAt(button.positionPx))
                       navigation.handleButton(button, model_.scene, model_.editor, now());
                   },
                   [&](const MoveEvent& move) { navigation.handleMove(move, model_.editor, now()); },
                   [&](const WheelEvent& wheel) {
                     if (navigation.dragging() || !ui.ownsMouseAt(wheel.positionPx))
                       navigation.handleWheel(wheel, model_.scene, model_.editor, now());
                   },
                   [&](const FocusLostEvent&) { navigation.releaseAll(); },
                   [](const RedrawEvent&) {},
                   [&](const DropEvent& drop) { startOpening(drop.path); },
               },
               event);
    // A drag's later moves, and a second wheel step, start from what the earlier ones made.
    updateScene();
    framesToDraw_ = kSettlingFrames;
    ++status_.events;
  }
}

void ViewerApp::handleKey(const KeyEvent& event) {
  // A key's release counts with any modifiers; only flying looks at it.
  const KeyChord chord = event.phase == KeyPhase::released ? KeyChord{event.chord.key, kNoModifiers} : event.chord;
  const auto match = findCommand(chord);
  if (!match) return;
  if (event.phase == KeyPhase::released) {
    if (match->use == KeyUse::held)
      model_.navigation.handleCommand(*match, event.phase, model_.scene, model_.editor, now());
    return;
  }
  if (presenter_.ui().ownsKeyboard()) return;
  if (event.phase == KeyPhase::repeated && (match->use == KeyUse::press || match->use == KeyUse::held)) return;
  runCommand(*match);
}

void ViewerApp::runCommand(const KeyMatch& match) {
  framesToDraw_ = kSettlingFrames;
  if (model_.navigation.handleCommand(match, KeyPhase::pressed, model_.scene, model_.editor, now())) return;
  if (runModelCommand(match, model_, *session_, window_.framebufferPx(), now())) return;
  switch (match.command) {
    case ViewerCommand::autoContrast: chooseContrast(); break;
    case ViewerCommand::retryFailed:
      session_->engine().retryFailed();
      model_.brickErrors.clear();
      model_.brickErrorCount = 0;
      retry_ = true;
      break;
    case ViewerCommand::toggleFullScreen: window_.toggleFullScreen(); break;
    case ViewerCommand::screenshot: model_.screenshotPending = true; break;
    case ViewerCommand::quit: quit_ = true; break;
    default: break;
  }
}

void ViewerApp::startOpening(const std::string& path) {
  if (opening_.valid()) {
    model_.messages.addNote("Another file is being opened", now());
    return;
  }
  model_.opening = true;
  opening_ =
      std::async(std::launch::async, [path, sidecar = options_.sidecar] { return openFile(path, nullptr, sidecar); });
}

void ViewerApp::finishOpening() {
  if (!opening_.valid() || opening_.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return;
  model_.opening = false;
  framesToDraw_ = kSettlingFrames;
  try {
    show(openSession(opening_.get(), nullptr));
  } catch (const Error& error) {
    model_.messages.addError(error.what());
  }
}

std::unique_ptr<Session> ViewerApp::openSession(OpenedFile file, const View* wanted) const {
  return std::make_unique<Session>(device_, std::move(file), options_.engine, wanted,
                                   glm::max(window_.framebufferPx(), ivec2(1)));
}

/// Replaces the dataset; the old one stays until the new one is known to work.
void ViewerApp::show(std::unique_ptr<Session> session) {
  session_ = std::move(session);
  model_.editor.reset(session_->firstView());
  model_.navigation.releaseAll();
  model_.navigation.stopTurn();
  model_.report = {};
  model_.brickErrors.clear();
  model_.brickErrorCount = 0;
  model_.listedSetup.reset();
  openedSeconds_ = now();
  pictureShown_ = false;
  drawnView_.reset();
  drawnPyramid_ = nullptr;
  sidecarFailureTold_ = false;
  for (const std::string& warning : session_->dataset().warnings) model_.messages.addNote(warning, now());
  window_.setTitle(nameOf(session_->dataset()) + " - Volary");
  status_.location = session_->location();
  updateScene();
}

/// The user asks for the contrast of what is on screen now.
void ViewerApp::chooseContrast() {
  if (const auto found = session_->engine().findContrast(); !found.empty())
    model_.editor.edit("auto contrast", now(), [&](View& v) { writeRanges(v, found); });
  else
    model_.messages.addNote("There are no voxels on the screen yet", now());
}

void ViewerApp::updateScene() {
  const View& view = model_.editor.view();
  // A missing image leaves the space as it was.
  try {
    if (session_->isPresent(session_->imageOf(view))) model_.scene.geometry = session_->geometryOf(view);
  } catch (const Error&) {
    return;  // drawing the view meets the same error and shows it to the user
  }
  const FrameVector<ViewRegion> regions =
      makeRegions(view, model_.scene.geometry.worldFromVoxel, glm::max(window_.framebufferPx(), ivec2(1)));
  model_.scene.regions.assign(regions.begin(), regions.end());
}

}  // namespace volary
