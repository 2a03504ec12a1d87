#include "render/dense_level.h"

#include "pyramid/brick.h"

namespace volary {

DenseLevel::DenseLevel(gpu::Device& device, PageFormat format, Filtering filtering, const i64vec3& sizeVoxels)
    : texels_(device, {.format = format,
                       .filtering = filtering,
                       .slotTexels = ivec3(sizeVoxels + std::int64_t{2 * kBrickBorder}),
                       .name = "dense level"}) {}

void DenseLevel::write(gpu::Frame& frame, int firstPlane, std::span<const std::byte> planes) {
  const TexelPlanes write{.slot = 0, .first = firstPlane, .texels = planes};
  const StagedPlanes staged = texels_.stage(frame, write);
  texels_.copy(frame, std::span(&staged, 1));
}

}  // namespace volary
