#include "formats/open.h"
#include "paging/render_converged.h"
#include "pyramid/level_transform.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/gpu/gpu_device.h"
#include "support/gpu/gpu_picture.h"
#include "support/oracles/cpu_ray_marcher.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <string>

using namespace volary;
using namespace volary::test;

namespace {

/// The whole pyramid of an image in memory, chunk by chunk, without bricks.
ArrayVolume readVolume(Source& source, ImageId image) {
  ArrayVolume volume{.pyramid = source.pyramid(image)};
  for (int level = 0; level < int(volume.pyramid.levels.size()); ++level) {
    const std::vector<std::byte> bytes = readLevel(source, image, level);
    std::vector<double>& values = volume.levels.emplace_back();
    visitVoxelType(volume.pyramid.voxelType, [&](auto zero) {
      using T = decltype(zero);
      values.resize(bytes.size() / sizeof(T));
      for (std::size_t i = 0; i < values.size(); ++i) {
        T voxel;
        std::memcpy(&voxel, &bytes[i * sizeof(T)], sizeof(T));
        values[i] = static_cast<double>(voxel);
      }
    });
  }
  return volume;
}

double shortestVoxelEdge(const dmat4& worldFromVoxel) {
  return std::min({glm::length(dvec3(worldFromVoxel[0])), glm::length(dvec3(worldFromVoxel[1])),
                   glm::length(dvec3(worldFromVoxel[2]))});
}

}  // namespace

TEST_CASE("real volumes look as the reference renderer draws them, from the file to the pixel") {
  TestDevice device;
  const std::filesystem::path data = testData() / "bdv-hdf5";
  const std::string file = GENERATE("playground-mri-multilevel/mri-stack-multilevel.xml", "pybdv-example/example.xml",
                                    "mastodon-tgmm-float32/tgmm_mini_27_31.xml", "imagej-utils-labels/3d-image.xml");
  const auto source = openSource((data / file).string());
  const ImageId image{0, static_cast<std::int32_t>(source->dataset().timepoints.size()) - 1};
  const ArrayVolume volume = readVolume(*source, image);
  const auto [least, most] = std::ranges::minmax_element(volume.levels[0]);
  const ivec2 size(120, 90);

  View view = makeDefaultView(source->dataset(), volume.pyramid, image, size);
  view.range = ValueRange{*least, *most};
  // Somewhat opaque, so that depth matters.
  view.transfer = {{{0.05, {0.2, 0.1, 0.4, 0.0}}, {0.4, {0.9, 0.5, 0.2, 0.05}}, {1.0, {1, 1, 0.9, 0.3}}}};
  const dmat4 toWorld = worldFromVoxel(view, source->dataset(), volume.pyramid, image);
  Engine engine(*device, *source, {.pageCacheBytes = 64 << 20, .loader = {.threads = 2}});

  for (const Projection projection : {Projection::perspective, Projection::orthographic})
    for (const RenderMode mode : {RenderMode::mip, RenderMode::dvr})
      for (int level = 0; level < int(volume.pyramid.levels.size()); ++level) {
        view.camera = withProjection(view.camera, projection);
        view.mode = mode;
        view.pinnedLevel = level;
        const Pixels picture = renderConverged(*device, engine, view, size);
        const auto reference = drawReference({.volume = &volume,
                                              .level = level,
                                              .worldFromVoxel = toWorld,
                                              .region = makeRegions(view, toWorld, size).front(),
                                              .range = *view.range,
                                              .mode = mode,
                                              .transfer = view.transfer,
                                              .opacityUnitWorld = shortestVoxelEdge(toWorld)});
        const Difference difference = compare({picture.sizePx, picture.rgba}, reference);
        CAPTURE(file, int(projection), int(mode), level, difference.worst, difference.rmse);
        CHECK(difference.worst <= 1);
        CHECK(difference.rmse <= 0.4);
        // Something is visible.
        CHECK(std::ranges::count_if(reference, [](const dvec4& c) { return c.r > 0.1; }) > 200);
        writeTestPicture({picture.sizePx, picture.rgba}, std::filesystem::path(file).stem().string() + "-" +
                                                             std::to_string(int(projection)) +
                                                             std::to_string(int(mode)) + "-" + std::to_string(level));
      }
}

TEST_CASE("every mode shows real volumes as the reference renderer does") {
  TestDevice device;
  const std::filesystem::path data = testData() / "bdv-hdf5";
  const std::string file =
      GENERATE("playground-mri-multilevel/mri-stack-multilevel.xml", "mastodon-tgmm-float32/tgmm_mini_27_31.xml");
  const auto source = openSource((data / file).string());
  const ImageId image{0, static_cast<std::int32_t>(source->dataset().timepoints.size()) - 1};
  const ArrayVolume volume = readVolume(*source, image);
  const auto [least, most] = std::ranges::minmax_element(volume.levels[0]);
  const ivec2 size(120, 90);
  View view = makeDefaultView(source->dataset(), volume.pyramid, image, size);
  view.transfer = {{{0.05, {0.2, 0.1, 0.4, 0.0}}, {0.4, {0.9, 0.5, 0.2, 0.05}}, {1.0, {1, 1, 0.9, 0.3}}}};
  view.lighting = Lighting::on;
  view.isoValue = glm::mix(*least, *most, 0.3);
  view.attenuation = 0.08;
  view.pinnedLevel = 0;
  const dmat4 toWorld = worldFromVoxel(view, source->dataset(), volume.pyramid, image);
  Engine engine(*device, *source, {.pageCacheBytes = 64 << 20, .loader = {.threads = 2}});

  for (const RenderModeInfo& mode : kRenderModes) {
    view.mode = mode.mode;
    // A minimum of background is black, except in a negative.
    view.range = mode.mode == RenderMode::minip ? ValueRange{*most, *least} : ValueRange{*least, *most};
    const Pixels picture = renderConverged(*device, engine, view, size);
    writeTestPicture({picture.sizePx, picture.rgba},
                     std::filesystem::path(file).stem().string() + "-" + std::string(mode.id));
    const auto reference = drawReference({.volume = &volume,
                                          .worldFromVoxel = toWorld,
                                          .region = makeRegions(view, toWorld, size).front(),
                                          .range = *view.range,
                                          .mode = mode.mode,
                                          .transfer = view.transfer,
                                          .opacityUnitWorld = shortestVoxelEdge(toWorld),
                                          .isoValue = *view.isoValue,
                                          .attenuation = view.attenuation,
                                          .lighting = view.lighting});
    const Difference difference = compare({picture.sizePx, picture.rgba}, reference);
    CAPTURE(file, mode.id, difference.worst, difference.rmse, difference.outliers);
    // A value right at the iso value may or may not count: float against double precision.
    const bool meets = mode.mode == RenderMode::iso || mode.mode == RenderMode::first;
    CHECK(difference.outliers <= (meets ? 3 * 20 : 0));
    CHECK(difference.rmse <= (meets ? 2.0 : 0.4));
    CHECK(std::ranges::count_if(reference, [](const dvec4& c) { return c.r > 0.02; }) > 200);
  }
}

TEST_CASE("a real volume that is cut looks as the reference renderer cuts it, with fewer bricks") {
  TestDevice device;
  const auto source = openSource((testData() / "bdv-hdf5/playground-mri-multilevel/mri-stack-multilevel.xml").string());
  const ImageId image{};
  const ArrayVolume volume = readVolume(*source, image);
  const auto [least, most] = std::ranges::minmax_element(volume.levels[0]);
  const ivec2 size(120, 90);
  View view = makeDefaultView(source->dataset(), volume.pyramid, image, size);
  view.range = ValueRange{*least, *most};
  view.transfer = {{{0.05, {0.2, 0.1, 0.4, 0.0}}, {0.4, {0.9, 0.5, 0.2, 0.05}}, {1.0, {1, 1, 0.9, 0.3}}}};
  view.pinnedLevel = 0;
  const dmat4 toWorld = worldFromVoxel(view, source->dataset(), volume.pyramid, image);
  const Box3 world = worldBox(volume.pyramid, toWorld);
  Engine engine(*device, *source, {.pageCacheBytes = 64 << 20, .loader = {.threads = 2}});
  RenderStats whole, cut;
  renderConverged(*device, engine, view, size, &whole);
  view.clip.planes = {planeThrough(world.centre(), {1, 0.4, -0.2})};
  view.clip.box = Box3{world.min + 0.1 * world.extent(), world.max - 0.1 * world.extent()};
  for (const RenderMode mode : {RenderMode::mip, RenderMode::dvr, RenderMode::iso}) {
    view.mode = mode;
    view.isoValue = glm::mix(*least, *most, 0.3);
    cut = {};
    const Pixels picture = renderConverged(*device, engine, view, size, &cut);
    writeTestPicture({picture.sizePx, picture.rgba}, "mri-cut-" + std::to_string(int(mode)));
    const auto reference = drawReference({.volume = &volume,
                                          .worldFromVoxel = toWorld,
                                          .region = makeRegions(view, toWorld, size).front(),
                                          .range = *view.range,
                                          .mode = mode,
                                          .transfer = view.transfer,
                                          .opacityUnitWorld = shortestVoxelEdge(toWorld),
                                          .isoValue = *view.isoValue});
    const Difference difference = compare({picture.sizePx, picture.rgba}, reference);
    CAPTURE(int(mode), difference.worst, difference.rmse, difference.outliers);
    // A ray along the rim of a cut or of a surface may or may not meet it: float against double precision.
    CHECK(difference.outliers <= (mode == RenderMode::iso ? 3 * 20 : 3 * 4));
    CHECK(difference.rmse <= (mode == RenderMode::iso ? 2.0 : 0.6));
    CHECK(std::ranges::count_if(reference, [](const dvec4& c) { return c.r > 0.1; }) > 200);
    CHECK(cut.bricksWanted < whole.bricksWanted);
  }
}
