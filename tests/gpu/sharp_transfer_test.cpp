#include "gpu/fields.h"
#include "pyramid/level_transform.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"
#include "support/oracles/cpu_ray_marcher.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <fmt/format.h>

using namespace volary;
using namespace volary::test;

TEST_CASE("a transfer function that is narrower than a step shows what infinitely many samples would") {
  TestDevice device;
  const i64vec3 size(60, 52, 44);
  const ArrayVolume volume = makeArrayVolume(VoxelType::uint16, size, {dvec3(1)},
                                             [&](const dvec3& edge) { return 200.0 * blobField(dvec3(size))(edge); });
  const auto projection = GENERATE(Projection::orthographic, Projection::perspective);
  const auto filtering = projection == Projection::orthographic ? Filtering::sampler : Filtering::shader;
  GpuScene scene(*device, volume, allBricks(volume.pyramid), filtering);
  const Camera camera = skewCamera(worldBox(volume.pyramid, dmat4(1.0)), projection);
  const double width = GENERATE(0.01, 0.03);
  const auto lighting = GENERATE(Lighting::off, Lighting::on);
  // A peak that is 2 to 6 % of the range wide, and an edge.
  const TransferFunction transfer{{{0.4 - width, {0.2, 0.9, 0.3, 0}},
                                   {0.4, {0.2, 0.9, 0.3, 0.5}},
                                   {0.4 + width, {0.2, 0.9, 0.3, 0}},
                                   {0.7 - width, {0.9, 0.3, 0.1, 0}},
                                   {0.7, {0.9, 0.3, 0.1, 0.3}}}};
  ReferenceInput reference{.volume = &volume,
                           .region = makeVolumeRegion(camera, ivec2(0), ivec2(56)),
                           .range = {0, 50000},
                           .mode = RenderMode::dvr,
                           .samplesPerVoxel = 32,
                           .transfer = transfer,
                           .lighting = lighting};
  const std::vector<dvec4> truth = drawReference(reference);
  const auto differenceOf = [&](int samplesPerVoxel) {
    DrawInput input = scene.input();
    input.regions = std::span(&reference.region, 1);
    input.range = reference.range;
    input.mode = reference.mode;
    input.samplesPerVoxel = samplesPerVoxel;
    input.transfer = makeTransferTable(transfer);
    input.opacityUnitWorld = 1.0;
    input.lighting = lighting;
    const Rgba picture = scene.draw(input, reference.region.sizePx);
    writeTestPicture(picture, fmt::format("peak-{}-{}-{}-{}", int(projection), width, int(lighting), samplesPerVoxel));
    return compare(picture, truth);
  };
  reference.samplesPerVoxel = 1;
  Rgba stepped{.sizePx = reference.region.sizePx};
  for (const dvec4& colour : drawReference(reference))
    for (int c = 0; c < 4; ++c) stepped.bytes.push_back(static_cast<std::uint8_t>(255.0 * colour[c] + 0.5));
  const double steppedRmse = compare(stepped, truth).rmse;
  const Difference one = differenceOf(1), three = differenceOf(3);
  CAPTURE(int(projection), width, int(lighting), steppedRmse, one.rmse, three.rmse, three.worst);
  CHECK(one.rmse < 0.25 * steppedRmse);
  CHECK(three.rmse <= 1.0);
}
