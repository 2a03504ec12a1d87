#pragma once

#include "viewer/session.h"
#include "viewer/viewer_model.h"

/// The panels over the picture, each drawn anew for every frame, by Dear ImGui, between UiLayer::beginFrame() and
/// endFrame().
namespace volary {

/// Dataset, setup, time, layout, mode, contrast, quality: on the left.
void drawControlsPanel(ViewerModel& model, Session& session, double nowSeconds);

/// A part of that panel: which setups are shown, in which colours, and which is the current one.
void drawSetups(ViewerModel& model, const Dataset& dataset, double nowSeconds);

/// Another part of it: the box and the planes that cut the volume picture. `world` holds all that is shown.
void drawClip(ViewerModel& model, const Box3& world, double nowSeconds);

/// Another part of it: the planes of any orientation that stand in the volume picture.
void drawShownPlanes(ViewerModel& model, const Box3& world, double nowSeconds);

/// What the page cache holds and how loading proceeds: on the right.
void drawResidencyPanel(ViewerModel& model, const Session& session);

/// The table of keys and gestures.
void drawHelpPanel(ViewerModel& model);

/// One line at the bottom (level, completeness, pointer position) and the scale bar above it.
void drawStatusLine(const ViewerModel& model, const Session& session);

/// Notes and errors, and what the viewer waits for: above the status line.
void drawMessages(ViewerModel& model);

}  // namespace volary
