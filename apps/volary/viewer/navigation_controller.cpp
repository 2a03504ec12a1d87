#include "viewer/navigation_controller.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace volary {

namespace {

constexpr double kTurnStepRadians = 0.0873;  // 5 degrees a key press

MousePlace placeOf(const ViewRegion& region) {
  if (region.kind == RegionKind::volume) return MousePlace::volume;
  return region.sliceAxis < 0 ? MousePlace::oblique : MousePlace::slice;
}

MouseTrigger dragTrigger(MouseButton button) {
  switch (button) {
    case MouseButton::left: return MouseTrigger::leftDrag;
    case MouseButton::middle: return MouseTrigger::middleDrag;
    case MouseButton::right: break;
  }
  return MouseTrigger::rightDrag;
}

bool isOblique(const ViewRegion& region) { return placeOf(region) == MousePlace::oblique; }

SliceView stepped(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region, double steps) {
  return isOblique(region) ? stepOblique(slices, geometry, region, steps)
                           : stepSlices(slices, geometry, region.sliceAxis, steps);
}

dvec3 flyDirection(const std::set<ViewerCommand>& held) {
  const auto axis = [&](ViewerCommand plus, ViewerCommand minus) {
    return static_cast<double>(held.count(plus)) - static_cast<double>(held.count(minus));
  };
  return {axis(ViewerCommand::flyRight, ViewerCommand::flyLeft), axis(ViewerCommand::flyDown, ViewerCommand::flyUp),
          axis(ViewerCommand::flyForward, ViewerCommand::flyBack)};
}

}  // namespace

void NavigationController::handleButton(const ButtonEvent& event, const NavigationScene& scene, ViewEditor& editor,
                                        double now) {
  pointerPx_ = event.positionPx;
  if (!event.pressed) {
    if (!drag_ || drag_->button != event.button) return;
    const Drag drag = *std::exchange(drag_, std::nullopt);
    if (!drag.mayBeClick) return;
    const auto match = findMouseAction(placeOf(drag.region), MouseTrigger::click, event.modifiers);
    if (match && match->action == MouseAction::setCross)
      editor.edit("cross", now,
                  [&](View& view) { view.slices = crossAt(view.slices, scene.geometry, drag.region, drag.startPx); });
    return;
  }
  if (drag_) return;
  const std::optional<ViewRegion> region = findRegion(scene.regions, event.positionPx);
  if (!region) return;
  const auto match = findMouseAction(placeOf(*region), dragTrigger(event.button), event.modifiers);
  if (!match) return;
  turn_.reset();
  drag_ = Drag{event.button, match->action,    match->scale,    event.button == MouseButton::left,
               *region,      event.positionPx, event.positionPx};
}

void NavigationController::handleMove(const MoveEvent& event, ViewEditor& editor, double now) {
  pointerPx_ = event.positionPx;
  if (!drag_) return;
  if (drag_->mayBeClick && glm::length(event.positionPx - drag_->startPx) < kClickPx) return;
  drag_->mayBeClick = false;
  const dvec2 delta = event.positionPx - drag_->lastPx;
  drag_->lastPx = event.positionPx;
  const Drag& drag = *drag_;
  editor.edit("drag", now, [&](View& view) {
    switch (drag.action) {
      case MouseAction::orbit: view.camera = orbitByDrag(view.camera, delta, drag.scale); break;
      // The region is that of the drag's beginning; the turns since then are in the view.
      case MouseAction::turnSlice:
        view.slices = turnSlice(view.slices, drag.region, drag.startPx, delta, drag.scale);
        break;
      case MouseAction::look: view.camera = lookByDrag(view.camera, delta); break;
      case MouseAction::pan:
        if (drag.region.kind == RegionKind::slice)
          view.slices = panSlices(view.slices, drag.region, delta);
        else
          view.camera = panByDrag(view.camera, drag.region, delta);
        break;
      default: break;
    }
  });
}

void NavigationController::handleWheel(const WheelEvent& event, const NavigationScene& scene, ViewEditor& editor,
                                       double now) {
  const bool looking = drag_ && drag_->button == MouseButton::right;
  const std::optional<ViewRegion> region =
      looking ? std::optional(drag_->region) : findRegion(scene.regions, event.positionPx);
  if (!region) return;
  // Where the right button looks around, the wheel sets the speed while that button is down; elsewhere it is a plain
  // wheel.
  const MousePlace place = placeOf(*region);
  auto match = looking ? findMouseAction(place, MouseTrigger::wheelWithRightButton, event.modifiers) : std::nullopt;
  if (!match) match = findMouseAction(place, MouseTrigger::wheel, event.modifiers);
  if (!match) return;

  const double steps = event.steps * match->scale;
  switch (match->action) {
    case MouseAction::flySpeed: {
      constexpr double kFactor = 1.25, kSlowest = 1e-6, kFastest = 10.0;
      flySpeed_ = std::clamp(flySpeed_ * std::pow(kFactor, steps), kSlowest, kFastest);
      break;
    }
    case MouseAction::zoom:
      turn_.reset();
      editor.edit("zoom", now, [&](View& view) { view.camera = zoomCamera(view.camera, scene.geometry, steps); });
      break;
    case MouseAction::zoomAtCursor:
      editor.edit("zoom", now, [&](View& view) {
        view.slices = zoomSlicesAt(view.slices, scene.geometry, *region, event.positionPx, steps);
      });
      break;
    case MouseAction::stepSlice:
      editor.edit("step", now, [&](View& view) { view.slices = stepped(view.slices, scene.geometry, *region, steps); });
      break;
    default: break;
  }
}

bool NavigationController::handleCommand(const KeyMatch& match, KeyPhase phase, const NavigationScene& scene,
                                         ViewEditor& editor, double now) {
  if (match.use == KeyUse::held) {
    if (phase == KeyPhase::pressed) {
      turn_.reset();
      heldKeys_.insert(match.command);
    } else if (phase == KeyPhase::released) {
      heldKeys_.erase(match.command);
    }
    return true;
  }
  if (phase == KeyPhase::released) return false;

  // Keys act on the panel under the pointer; without one, on the first.
  std::optional<ViewRegion> region = pointerPx_ ? findRegion(scene.regions, *pointerPx_) : std::nullopt;
  if (!region && !scene.regions.empty()) region = scene.regions.front();
  const bool onSlice = region && region->kind == RegionKind::slice;
  const SceneGeometry& geometry = scene.geometry;

  const auto zoomBy = [&](double steps) {
    turn_.reset();
    editor.edit("zoom", now, [&](View& view) {
      if (onSlice)
        view.slices = zoomSlices(view.slices, geometry, steps);
      else
        view.camera = zoomCamera(view.camera, geometry, steps);
    });
  };
  const auto stepBy = [&](double steps) {
    turn_.reset();
    editor.edit("step", now, [&](View& view) {
      if (onSlice)
        view.slices = stepped(view.slices, geometry, *region, steps);
      else
        view.camera = stepCamera(view.camera, steps);
    });
  };
  const auto turnBy = [&](double steps) {
    turn_.reset();
    editor.edit("turn", now, [&](View& view) {
      if (onSlice && isOblique(*region))
        view.slices = rollSlice(view.slices, *region, -steps * kTurnStepRadians);
      else
        view.camera = orbit(view.camera, steps * kTurnStepRadians, 0.0);
    });
  };
  const auto align = [&](int axis) {
    if (!onSlice || !isOblique(*region))
      return startTurn(alignCamera(editor.view().camera, geometry, axis), editor, now);
    editor.edit("align", now, [&](View& view) { view.slices = alignSlice(view.slices, geometry, *region, axis); });
  };

  switch (match.command) {
    case ViewerCommand::turnLeft: turnBy(-match.scale); return true;
    case ViewerCommand::turnRight: turnBy(match.scale); return true;
    case ViewerCommand::zoomIn: zoomBy(match.scale); return true;
    case ViewerCommand::zoomOut: zoomBy(-match.scale); return true;
    case ViewerCommand::stepBack: stepBy(-match.scale); return true;
    case ViewerCommand::stepForward: stepBy(match.scale); return true;
    case ViewerCommand::alignXy: align(2); return true;
    case ViewerCommand::alignZy: align(0); return true;
    case ViewerCommand::alignXz: align(1); return true;
    case ViewerCommand::toggleProjection:
      turn_.reset();
      editor.edit("projection", now, [](View& view) {
        view.camera =
            withProjection(view.camera, view.camera.projection == Projection::perspective ? Projection::orthographic
                                                                                          : Projection::perspective);
      });
      return true;
    default: return false;
  }
}

void NavigationController::releaseAll() {
  heldKeys_.clear();
  drag_.reset();
}

void NavigationController::startTurn(const Camera& to, ViewEditor& editor, double now) {
  turn_ = Turn{editor.view().camera, to, now};
  editor.edit("align", now, [](View&) {});
}

void NavigationController::advance(const NavigationScene& scene, ViewEditor& editor, double now) {
  // A long frame must not carry anyone far: nobody wants to end up behind the specimen.
  constexpr double kLongestStep = 0.1;
  const double seconds = lastAdvance_ ? std::min(now - *lastAdvance_, kLongestStep) : 0.0;
  lastAdvance_ = now;

  if (turn_) {
    const double share = std::clamp((now - turn_->startSeconds) / kTurnSeconds, 0.0, 1.0);
    const double smooth = share * share * (3.0 - 2.0 * share);
    editor.adjust([&](View& view) { view.camera = interpolateCamera(turn_->from, turn_->to, smooth); });
    if (share >= 1.0) turn_.reset();
  }
  const dvec3 direction = flyDirection(heldKeys_);
  if (direction != dvec3(0.0)) {
    const double speedWorld = flySpeed_ * glm::length(scene.geometry.worldBox.extent());
    editor.edit("fly", now,
                [&](View& view) { view.camera = flyFor(view.camera, scene.geometry, direction, speedWorld, seconds); });
  }
}

}  // namespace volary
