#pragma once

#include "gpu/device.h"
#include "render/picture.h"
#include "scene/view.h"

#include <filesystem>
#include <string>

namespace volary {

/// Writes the picture to the working directory as NAME-0001.png, or the first number that is free, with the view as JSON
/// in it ("volary:view"). Returns the absolute path. Throws Error if it can't be written.
std::filesystem::path writeScreenshot(Picture& picture, gpu::Device& device, const std::string& name,
                                      const View& view);

}  // namespace volary
