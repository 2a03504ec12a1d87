#pragma once

#include "viewer/input/keymap.h"
#include "viewer/session.h"
#include "viewer/viewer_model.h"

namespace volary {

/// Carries out a command that changes only the model; false if the command is another one (the window's, the engine's,
/// navigation's).
bool runModelCommand(const KeyMatch& match, ViewerModel& model, const Session& session, const ivec2& sizePx,
                     double nowSeconds);

/// Makes another setup the current one.
void changeSetup(ViewerModel& model, int setupId, double nowSeconds);

}  // namespace volary
