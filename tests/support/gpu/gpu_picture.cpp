#include "support/gpu/gpu_picture.h"

#include "base/error.h"

#include <png.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace volary::test {

GpuScene::GpuScene(gpu::Device& theDevice, const ArrayVolume& theVolume)
    : GpuScene(theDevice, theVolume, allBricks(theVolume.pyramid)) {}

GpuScene::GpuScene(gpu::Device& theDevice, const ArrayVolume& theVolume, const std::vector<BrickKey>& keys)
    : GpuScene(theDevice, theVolume, keys, chooseFiltering(theDevice, pageFormat(theVolume.pyramid.voxelType))) {}

GpuScene::GpuScene(gpu::Device& theDevice, const ArrayVolume& theVolume, const std::vector<BrickKey>& keys,
                   Filtering filtering)
    : device(theDevice),
      volume(theVolume),
      frames(theDevice),
      cache(theDevice, pageFormat(theVolume.pyramid.voxelType),
            std::uint64_t{kPaddedBrickVoxels} * pageVoxelBytes(pageFormat(theVolume.pyramid.voxelType)) *
                (keys.size() + 8),
            filtering),
      renderer(theDevice) {
  gpu::Frame& frame = frames.begin();
  uploadBricks(frame, cache, volume, keys);
  frames.submit(frame);
}

DrawInput GpuScene::input() const {
  DrawInput input;
  input.pyramid = &volume.pyramid;
  input.valueFromTexel = valueFromTexel(volume.pyramid.voxelType);
  input.range = naturalRange(volume.pyramid.voxelType);
  return input;
}

Rgba GpuScene::draw(const DrawInput& input, const ivec2& sizePx) {
  Picture picture(device, sizePx);
  gpu::Frame& frame = frames.begin();
  renderer.clear(frame, picture, vec4(0.0f));
  renderer.draw(frame, cache, picture, input);
  frames.submit(frame);
  return {.sizePx = sizePx, .bytes = picture.readBack(device)};
}

Difference compare(const Rgba& picture, const std::vector<dvec4>& reference) {
  Difference difference;
  double sum = 0.0;
  for (std::size_t i = 0; i < reference.size(); ++i)
    for (int channel = 0; channel < 3; ++channel) {
      const int byte = picture.bytes[4 * i + static_cast<std::size_t>(channel)];
      const double expected = 255.0 * reference[i][channel];
      const int steps = std::abs(byte - static_cast<int>(std::lround(expected)));
      difference.worst = std::max(difference.worst, steps);
      difference.outliers += steps > 1;
      sum += (byte - expected) * (byte - expected);
    }
  difference.rmse = std::sqrt(sum / (3.0 * static_cast<double>(reference.size())));
  return difference;
}

void writeTestPicture(const Rgba& picture, const std::string& name) {
  const char* folder = std::getenv("VOLARY_TEST_OUTPUT");
  if (!folder) return;
  const std::string path = std::string(folder) + "/" + name + ".png";
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = static_cast<png_uint_32>(picture.sizePx.x);
  image.height = static_cast<png_uint_32>(picture.sizePx.y);
  image.format = PNG_FORMAT_RGBA;
  if (!png_image_write_to_file(&image, path.c_str(), 0, picture.bytes.data(), 0, nullptr))
    fail("{}: can't write the picture: {}", path, image.message);
}

}  // namespace volary::test
