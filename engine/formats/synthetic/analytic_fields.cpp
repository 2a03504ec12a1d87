#include "formats/synthetic/analytic_fields.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>

namespace volary {
namespace {

double imageOffset(ImageId image) { return image.setup + 10.0 * image.timepoint; }

class RampField final : public Field {
 public:
  RampField(const dvec3& slope, double offset) : slope_(slope), offset_(offset) {}

  void evaluateTile(const FieldTile& tile, std::span<float> values) const override {
    const double offset = offset_ + imageOffset(tile.image);
    float* out = values.data();
    for (int z = 0; z < kFieldTile; ++z)
      for (int y = 0; y < kFieldTile; ++y) {
        const double row = offset + slope_.z * fullVoxel(tile.factor.z, tile.begin.z + z) +
                           slope_.y * fullVoxel(tile.factor.y, tile.begin.y + y);
        for (int x = 0; x < kFieldTile; ++x)
          *out++ = static_cast<float>(row + slope_.x * fullVoxel(tile.factor.x, tile.begin.x + x));
      }
  }

 private:
  dvec3 slope_;
  double offset_;
};

class SphereField final : public Field {
 public:
  SphereField(const dvec3& centre, double radius, double inside, double outside)
      : centre_(centre), radius_(radius), inside_(inside), outside_(outside) {}

  void evaluateTile(const FieldTile& tile, std::span<float> values) const override {
    // Samples along an axis are in the middle of equal parts of the voxel; with as many samples as finer voxels, they
    // are the centres of these.
    ivec3 samples(1);
    for (int axis = 0; axis < 3; ++axis)
      samples[axis] = static_cast<int>(std::clamp(std::floor(tile.factor[axis] + 0.5), 1.0, 4.0));
    const double reach = 0.5 * std::sqrt(glm::dot(tile.factor, tile.factor));
    float* out = values.data();
    for (int z = 0; z < kFieldTile; ++z)
      for (int y = 0; y < kFieldTile; ++y)
        for (int x = 0; x < kFieldTile; ++x) {
          const dvec3 offset =
              dvec3(fullVoxel(tile.factor.x, tile.begin.x + x), fullVoxel(tile.factor.y, tile.begin.y + y),
                    fullVoxel(tile.factor.z, tile.begin.z + z)) -
              centre_;
          const double distance = std::sqrt(glm::dot(offset, offset));
          double share = distance <= radius_ ? 1.0 : 0.0;
          if (distance - reach < radius_ && distance + reach > radius_)
            share = shareInside(offset, tile.factor, samples);
          *out++ = static_cast<float>(outside_ + (inside_ - outside_) * share);
        }
  }

 private:
  double shareInside(const dvec3& offset, const dvec3& factor, const ivec3& samples) const {
    int hits = 0;
    ivec3 i;
    for (i.z = 0; i.z < samples.z; ++i.z)
      for (i.y = 0; i.y < samples.y; ++i.y)
        for (i.x = 0; i.x < samples.x; ++i.x) {
          const dvec3 point = offset + factor * ((dvec3(i) + 0.5) / dvec3(samples) - 0.5);
          hits += glm::dot(point, point) <= radius_ * radius_ ? 1 : 0;
        }
    return static_cast<double>(hits) / (samples.x * samples.y * samples.z);
  }

  dvec3 centre_;
  double radius_;
  double inside_;
  double outside_;
};

}  // namespace

std::unique_ptr<Field> makeRampField(SyntheticOptions& options) {
  const dvec3 slope = options.takeNumbers("slope").value_or(dvec3(1.0));
  return std::make_unique<RampField>(slope, options.takeNumber("offset").value_or(0.0));
}

std::unique_ptr<Field> makeConstantField(SyntheticOptions& options) {
  return std::make_unique<RampField>(dvec3(0.0), options.takeNumber("value").value_or(100.0));
}

std::unique_ptr<Field> makeSphereField(SyntheticOptions& options, const i64vec3& sizeVoxels) {
  const double shortest = static_cast<double>(std::min({sizeVoxels.x, sizeVoxels.y, sizeVoxels.z}));
  const double radius = options.takeNumber("radius").value_or(0.4 * shortest);
  if (radius < 0.0) fail("{}: radius must not be negative, not {}", options.location(), radius);
  const double inside = options.takeNumber("inside").value_or(200.0);
  const double outside = options.takeNumber("outside").value_or(0.0);
  return std::make_unique<SphereField>(0.5 * (dvec3(sizeVoxels) - 1.0), radius, inside, outside);
}

}  // namespace volary
