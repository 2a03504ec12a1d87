#include "render/jitter.h"

#include "gpu/barrier.h"
#include "shared/draw.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <numeric>
#include <random>

namespace volary {

namespace {

constexpr int kSize = static_cast<int>(shared::kNoiseSize);
constexpr std::size_t kPixels = std::size_t{kSize} * kSize;

/// Pixels that are set, and how crowded each place is.
class Pattern {
 public:
  Pattern() {
    for (int y = -kReach; y <= kReach; ++y)
      for (int x = -kReach; x <= kReach; ++x)
        weight_[static_cast<std::size_t>((y + kReach) * (2 * kReach + 1) + x + kReach)] =
            std::exp(-(x * x + y * y) / (2.0 * 1.5 * 1.5));
  }

  bool isSet(std::size_t pixel) const { return set_[pixel]; }

  void set(std::size_t pixel, bool on) {
    set_[pixel] = on;
    const int px = static_cast<int>(pixel) % kSize, py = static_cast<int>(pixel) / kSize;
    std::size_t i = 0;
    for (int y = -kReach; y <= kReach; ++y)
      for (int x = -kReach; x <= kReach; ++x) {
        const int row = (py + y + kSize) % kSize, column = (px + x + kSize) % kSize;
        crowd_[static_cast<std::size_t>(row * kSize + column)] += on ? weight_[i] : -weight_[i];
        ++i;
      }
  }

  /// The set pixel in the most crowded place, and the unset one in the least crowded place.
  std::size_t tightestCluster() const {
    return findExtreme(true, [](double a, double b) { return a > b; });
  }
  std::size_t largestVoid() const {
    return findExtreme(false, [](double a, double b) { return a < b; });
  }

 private:
  static constexpr int kReach = 8;  // beyond, the weight is nothing

  template <typename Better>
  std::size_t findExtreme(bool on, Better better) const {
    std::size_t best = kPixels;
    for (std::size_t i = 0; i < kPixels; ++i)
      if (set_[i] == on && (best == kPixels || better(crowd_[i], crowd_[best]))) best = i;
    return best;
  }

  std::array<double, (2 * kReach + 1) * (2 * kReach + 1)> weight_{};
  std::array<bool, kPixels> set_{};
  std::array<double, kPixels> crowd_{};
};

}  // namespace

std::vector<float> makeBlueNoise() {
  // Begin with some pixels, moved from crowded places to empty ones until they lie evenly.
  constexpr std::size_t kFirst = kPixels / 10;
  Pattern first;
  std::mt19937 random(1);
  for (std::size_t count = 0; count < kFirst;) {
    const std::size_t pixel = random() % kPixels;
    if (first.isSet(pixel)) continue;
    first.set(pixel, true);
    ++count;
  }
  while (true) {
    const std::size_t from = first.tightestCluster();
    first.set(from, false);
    const std::size_t to = first.largestVoid();
    first.set(to, true);
    if (to == from) break;
  }

  // These pixels are ordered as they can be taken away, all others as they fill the voids.
  std::vector<float> noise(kPixels);
  const auto give = [&](std::size_t pixel, std::size_t rank) {
    noise[pixel] = (static_cast<float>(rank) + 0.5f) / static_cast<float>(kPixels);
  };
  Pattern pattern = first;
  for (std::size_t rank = kFirst; rank-- > 0;) {
    const std::size_t pixel = pattern.tightestCluster();
    pattern.set(pixel, false);
    give(pixel, rank);
  }
  pattern = first;
  for (std::size_t rank = kFirst; rank < kPixels; ++rank) {
    const std::size_t pixel = pattern.largestVoid();
    pattern.set(pixel, true);
    give(pixel, rank);
  }
  return noise;
}

double phaseShift(int picture, int pictures) {
  // By the golden section, no gap between earlier phases is ever much larger than it must be.
  int stride = std::max(1, static_cast<int>(std::lround(0.618 * pictures)));
  while (std::gcd(stride, pictures) != 1) ++stride;
  return static_cast<double>(std::int64_t{picture} * stride % pictures) / pictures;
}

JitterBuffers::JitterBuffers(gpu::Device& device, const ivec2& sizePx)
    : sizePx_(sizePx),
      noise_(device, kPixels * sizeof(float), VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT, gpu::BufferMemory::upload,
             "blue noise"),
      sums_(device, VkDeviceSize{16} * static_cast<VkDeviceSize>(sizePx.x) * static_cast<VkDeviceSize>(sizePx.y),
            VK_BUFFER_USAGE_SHADER_DEVICE_ADDRESS_BIT, gpu::BufferMemory::device, "sums of pictures") {
  static const std::vector<float> noise = makeBlueNoise();
  std::memcpy(noise_.mapped(), noise.data(), noise.size() * sizeof(float));
  noise_.flush();
}

void JitterBuffers::acquire(gpu::Frame& frame) const {
  constexpr gpu::Access kUse{VK_PIPELINE_STAGE_2_COMPUTE_SHADER_BIT,
                             VK_ACCESS_2_SHADER_READ_BIT | VK_ACCESS_2_SHADER_WRITE_BIT};
  gpu::recordMemoryBarrier(frame.commands(), kUse, kUse);
}

}  // namespace volary
