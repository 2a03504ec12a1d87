#include "viewer/commands.h"

#include <fmt/format.h>

namespace volary {

namespace {

template <typename Value>
void toggle(ViewerModel& model, const char* kind, Value View::*member, Value a, Value b, double now) {
  model.editor.edit(kind, now, [&](View& view) { view.*member = view.*member == a ? b : a; });
}

void toggleOverlay(ViewerModel& model, Overlay overlay, double now) {
  model.editor.edit("overlay", now,
                    [&](View& view) { view.overlay = view.overlay == overlay ? Overlay::none : overlay; });
}

void showNextMode(ViewerModel& model, double now) {
  model.editor.edit("mode", now, [](View& view) {
    view.mode = kRenderModes[(static_cast<std::size_t>(view.mode) + 1) % kRenderModes.size()].mode;
  });
  model.messages.addNote(std::string(infoOf(model.editor.view().mode).label), now);
}

void stepTimepoint(ViewerModel& model, const Dataset& dataset, int step, double now) {
  const int index = findTimepointIndex(dataset, model.editor.view().timepoint) + step;
  if (index < 0 || index >= static_cast<int>(dataset.timepoints.size())) {
    model.messages.addNote(step > 0 ? "This is the last time point" : "This is the first time point", now);
    return;
  }
  model.editor.edit("time", now,
                    [&](View& view) { view.timepoint = dataset.timepoints[static_cast<std::size_t>(index)]; });
}

void noteMissingSetup(ViewerModel& model, const Dataset& dataset, int choice, double now) {
  model.messages.addNote(fmt::format("There is no setup number {}; there are {}", choice + 1, dataset.setups.size()),
                         now);
}

void chooseSetup(ViewerModel& model, const Dataset& dataset, int choice, double now) {
  if (choice < static_cast<int>(dataset.setups.size()))
    changeSetup(model, dataset.setups[static_cast<std::size_t>(choice)].id, now);
  else
    noteMissingSetup(model, dataset, choice, now);
}

void toggleVisible(ViewerModel& model, const Dataset& dataset, int choice, double now) {
  if (choice >= static_cast<int>(dataset.setups.size())) return noteMissingSetup(model, dataset, choice, now);
  const int setup = dataset.setups[static_cast<std::size_t>(choice)].id;
  model.editor.edit("visible", now, [&](View& view) {
    SetupLook& look = editLook(view, setup);
    look.visible = !look.visible;
  });
}

void toggleFused(ViewerModel& model, const Dataset& dataset, double now) {
  if (dataset.setups.size() < 2) return model.messages.addNote("There is one setup only", now);
  model.editor.edit("fused", now, [](View& view) { view.fused = !view.fused; });
}

void showNextBlend(ViewerModel& model, double now) {
  model.editor.edit("blend", now, [](View& view) {
    view.blend = view.blend == Blend::sum ? Blend::maximum : view.blend == Blend::maximum ? Blend::over : Blend::sum;
  });
}

void toggleClip(ViewerModel& model, double now) {
  const Clip& clip = model.editor.view().clip;
  if (!clip.box && clip.planes.empty()) return model.messages.addNote("There is no cut yet: B makes one", now);
  model.editor.edit("clip on", now, [](View& view) { view.clip.on = !view.clip.on; });
}

/// Cuts away what lies in front of the pivot.
void addClipPlane(ViewerModel& model, double now) {
  if (model.editor.view().clip.planes.size() == Clip::kMostPlanes)
    return model.messages.addNote(fmt::format("There are {} planes already", Clip::kMostPlanes), now);
  model.editor.edit("clip plane", now, [](View& view) {
    view.clip.planes.push_back(planeThrough(view.camera.pivot(), view.camera.forward()));
    view.clip.on = true;
  });
}

void addShownPlane(ViewerModel& model, double now) {
  model.editor.edit("shown plane", now, [](View& view) {
    view.slices.planes.push_back(planeThrough(view.camera.pivot(), view.camera.forward()));
  });
}

void resetView(ViewerModel& model, const Session& session, const ivec2& sizePx, double now) {
  const ImageId image = session.imageOf(model.editor.view());
  if (!session.isPresent(image)) return;
  model.navigation.stopTurn();
  View whole = model.editor.view();
  pointAtWhole(whole, session.dataset(), session.pyramid(image), image, sizePx, session.sceneBox());
  model.editor.edit("reset", now, [&](View& view) {
    if (view.space != whole.space) {  // these are in the old space
      view.clip = {};
      whole.slices.planes.clear();
    }
    view.space = whole.space;
    view.camera = withProjection(whole.camera, view.camera.projection);
    view.slices = whole.slices;
  });
}

void stepHistory(ViewerModel& model, bool stepped, const char* otherwise, double now) {
  model.navigation.stopTurn();
  if (!stepped) model.messages.addNote(otherwise, now);
}

}  // namespace

void changeSetup(ViewerModel& model, int setupId, double nowSeconds) {
  if (model.editor.view().setup == setupId) return;
  model.editor.edit("setup", nowSeconds, [&](View& view) { view.setup = setupId; });
}

bool runModelCommand(const KeyMatch& match, ViewerModel& model, const Session& session, const ivec2& sizePx,
                     double now) {
  const Dataset& dataset = session.dataset();
  switch (match.command) {
    case ViewerCommand::previousTimepoint: stepTimepoint(model, dataset, -1, now); return true;
    case ViewerCommand::nextTimepoint: stepTimepoint(model, dataset, 1, now); return true;
    case ViewerCommand::chooseSetup: chooseSetup(model, dataset, match.choice, now); return true;
    case ViewerCommand::toggleVisible: toggleVisible(model, dataset, match.choice, now); return true;
    case ViewerCommand::toggleFused: toggleFused(model, dataset, now); return true;
    case ViewerCommand::nextBlend: showNextBlend(model, now); return true;
    case ViewerCommand::toggleLayout:
      toggle(model, "layout", &View::layout, Layout::volume, Layout::slices, now);
      return true;
    case ViewerCommand::toggleOblique:
      model.editor.edit("layout", now, [](View& view) {
        view.layout = view.layout == Layout::oblique ? Layout::volume : Layout::oblique;
      });
      return true;
    case ViewerCommand::toggleMode:
      toggle(model, "mode", &View::mode, RenderMode::mip, RenderMode::dvr, now);
      return true;
    case ViewerCommand::nextMode: showNextMode(model, now); return true;
    case ViewerCommand::toggleLighting:
      toggle(model, "lighting", &View::lighting, Lighting::off, Lighting::on, now);
      return true;
    case ViewerCommand::toggleInterpolation:
      toggle(model, "interpolation", &View::interpolation, Interpolation::nearest, Interpolation::trilinear, now);
      return true;
    case ViewerCommand::toggleOverlay: toggleOverlay(model, Overlay::residency, now); return true;
    case ViewerCommand::toggleResolution: toggleOverlay(model, Overlay::resolution, now); return true;
    case ViewerCommand::toggleClip: toggleClip(model, now); return true;
    case ViewerCommand::addClipPlane: addClipPlane(model, now); return true;
    case ViewerCommand::addShownPlane: addShownPlane(model, now); return true;
    case ViewerCommand::resetView: resetView(model, session, sizePx, now); return true;
    case ViewerCommand::undo: stepHistory(model, model.editor.undo(), "There is nothing to undo", now); return true;
    case ViewerCommand::redo: stepHistory(model, model.editor.redo(), "There is nothing to redo", now); return true;
    case ViewerCommand::togglePanel: model.panelsOpen = !model.panelsOpen; return true;
    case ViewerCommand::toggleHelp: model.helpOpen = !model.helpOpen; return true;
    case ViewerCommand::closeDialogs:
      model.helpOpen = false;
      model.messages.clear();
      return true;
    default: return false;
  }
}

}  // namespace volary
