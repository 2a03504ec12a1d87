#include "viewer/screenshot.h"

#include "base/error.h"
#include "export/image_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

namespace volary {

namespace fs = std::filesystem;

namespace {

fs::path findFreePath(const std::string& name) {
  std::error_code error;
  const fs::path folder = fs::current_path(error);
  if (error) fail("the screenshot has no place to go: {}", error.message());
  // Computed fields are named by their parameters, which may hold anything.
  std::string safe = name.empty() ? "volary" : name;
  std::replace_if(
      safe.begin(), safe.end(), [](char c) { return c == '/' || c == '\\' || c == ':' || c == '?'; }, '-');
  constexpr int kMost = 10000;
  for (int number = 1; number < kMost; ++number)
    if (const fs::path path = folder / fmt::format("{}-{:04}.png", safe, number); !fs::exists(path, error)) return path;
  fail("{}: there are {} screenshots of {} already", folder.string(), kMost - 1, name);
}

}  // namespace

fs::path writeScreenshot(Picture& picture, gpu::Device& device, const std::string& name, const View& view,
                         const PictureContent& content) {
  const fs::path path = findFreePath(name);
  const std::vector<std::uint8_t> rgba = picture.readBack(device);
  writePngRgb(path, picture.sizePx().x, picture.sizePx().y, rgba, makePictureTexts(view, content));
  return path;
}

}  // namespace volary
