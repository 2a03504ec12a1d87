#pragma once

#include "gpu/device.h"
#include "picture/picture_text.h"
#include "render/picture.h"

#include <filesystem>
#include <string>

namespace volary {

/// Writes the picture to the working directory as NAME-0001.png, or with the first number that is free. The file holds
/// makePictureTexts(). Returns the absolute path. Throws Error if it can't be written.
std::filesystem::path writeScreenshot(Picture& picture, gpu::Device& device, const std::string& name, const View& view,
                                      const PictureContent& content);

}  // namespace volary
