#include "base/error.h"
#include "pyramid/level_transform.h"
#include "scene/region.h"
#include "scene/view.h"
#include "scene/view_names.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>
#include <random>
#include <set>
#include <tuple>

using namespace volary;

namespace {

bool inside(const std::array<dvec4, 6>& planes, const dvec3& world, double tolerance = 1e-9) {
  for (const dvec4& plane : planes)
    if (glm::dot(dvec3(plane), world) + plane.w < -tolerance) return false;
  return true;
}

bool near(const dvec3& a, const dvec3& b, double tolerance = 1e-9) { return glm::length(a - b) <= tolerance; }

Camera someCamera(Projection projection) {
  Camera camera{.projection = projection, .position = {3, -2, 7}, .orthoHeightWorld = 5.0, .pivotDistance = 4.0};
  return look(camera, 0.7, -0.4, 0.2);
}

Dataset oneImage(const dmat4& worldFromVoxel) {
  Dataset dataset;
  dataset.timepoints = {0};
  dataset.setups = {Setup{.id = 5, .worldFromVoxel = {worldFromVoxel}, .present = {true}}};
  return dataset;
}

ImagePyramid onePyramid(const i64vec3& size, const dvec3& factor = dvec3(1)) {
  return {.voxelType = VoxelType::uint8,
          .levels = {{.sizeVoxels = size, .factor = factor, .chunkVoxels = {16, 16, 16}}}};
}

}  // namespace

TEST_CASE("an unturned camera sees x to the right and y downwards") {
  for (Projection projection : {Projection::perspective, Projection::orthographic}) {
    const Camera camera{.projection = projection, .orthoHeightWorld = 2.0};
    const ViewRegion region = makeVolumeRegion(camera, ivec2(0), {200, 100});
    const auto at = [&](double x, double y) { return region.originAt({x, y}) + 10.0 * region.directionAt({x, y}); };
    CHECK(near(at(100, 50), {0, 0, 10}));
    CHECK(at(150, 50).x > 0.0);
    CHECK(at(100, 80).y > 0.0);
  }
}

TEST_CASE("the planes of a region hold its rays and nothing beside them") {
  std::mt19937 random(7);
  std::uniform_real_distribution<double> unit(0.0, 1.0);
  for (Projection projection : {Projection::perspective, Projection::orthographic}) {
    const ViewRegion whole = makeVolumeRegion(someCamera(projection), ivec2(0), {320, 200});
    for (const ViewRegion& region :
         {whole, cropRegion(whole, {10, 20}, {90, 60}), resampleRegion(whole, ivec2(0), {77, 31})}) {
      const auto planes = regionPlanes(region);
      for (int i = 0; i < 200; ++i) {
        const dvec2 px = dvec2(unit(random), unit(random)) * dvec2(region.sizePx);
        const double depth = 20.0 * unit(random) + 0.01;
        CHECK(inside(planes, region.originAt(px) + depth * region.directionAt(px)));
        const dvec2 out = dvec2(-1.0 - px.x, px.y);
        CHECK(!inside(planes, region.originAt(out) + depth * region.directionAt(out)));
        CHECK(!inside(planes, region.originAt(px) - depth * region.directionAt(px)));
      }
    }
  }
}

TEST_CASE("a cropped region has the same rays") {
  const ViewRegion whole = makeVolumeRegion(someCamera(Projection::perspective), {5, 6}, {320, 200});
  const ViewRegion part = cropRegion(whole, {100, 50}, {200, 80});
  CHECK(part.offsetPx == ivec2(105, 56));
  CHECK(part.sizePx == ivec2(100, 30));
  CHECK(near(part.directionAt({3.5, 4.5}), whole.directionAt({103.5, 54.5})));
}

TEST_CASE("a slice region has no thickness") {
  const ViewRegion slice = makeSliceRegion(2, {1, 2, 3}, {1, 0, 0}, {0, 1, 0}, 0.5, ivec2(0), {10, 10});
  const auto planes = regionPlanes(slice);
  CHECK(inside(planes, {1, 2, 3}));
  CHECK(inside(planes, {3.4, 4.4, 3}));
  CHECK(!inside(planes, {1, 2, 3.001}));
  CHECK(!inside(planes, {1, 2, 2.999}));
  CHECK(!inside(planes, {3.6, 2, 3}));
  CHECK(pixelsPerWorld(slice, {0, 0, 0}) == 2.0);
}

TEST_CASE("pixels per world unit fall with the depth alone") {
  const ViewRegion region = makeVolumeRegion(Camera{.fovYRadians = 2.0 * std::atan(0.5)}, ivec2(0), {400, 100});
  CHECK(pixelsPerWorld(region, {0, 0, 10}) == Catch::Approx(10.0));
  CHECK(pixelsPerWorld(region, {7, -3, 10}) == Catch::Approx(10.0));
  CHECK(pixelsPerWorld(region, {0, 0, 100}) == Catch::Approx(1.0));
  CHECK(std::isinf(pixelsPerWorld(region, {0, 0, -1})));
}

TEST_CASE("a fitted camera sees every corner of the box") {
  const Box3 box{.min = {-3, 10, 100}, .max = {50, 20, 180}};
  for (Projection projection : {Projection::perspective, Projection::orthographic})
    for (double yaw : {0.0, 1.0, 2.5}) {
      const Camera camera = makeCameraFor(box, glm::angleAxis(yaw, glm::normalize(dvec3(1, 2, 3))), projection, 1.5);
      const auto planes = regionPlanes(makeVolumeRegion(camera, ivec2(0), {300, 200}));
      for (int c = 0; c < 8; ++c)
        CHECK(inside(planes,
                     {c & 1 ? box.max.x : box.min.x, c & 2 ? box.max.y : box.min.y, c & 4 ? box.max.z : box.min.z}));
      CHECK(near(camera.pivot(), box.centre(), 1e-9));
    }
}

TEST_CASE("orbiting keeps the pivot and changing the projection keeps its size") {
  const Camera camera = someCamera(Projection::perspective);
  CHECK(near(orbit(camera, 0.3, 1.1).pivot(), camera.pivot()));
  CHECK(near(zoom(camera, 3.0).pivot(), camera.pivot()));
  const Camera flat = withProjection(camera, Projection::orthographic);
  const ivec2 size(320, 200);
  CHECK(pixelsPerWorld(makeVolumeRegion(flat, ivec2(0), size), camera.pivot()) ==
        Catch::Approx(pixelsPerWorld(makeVolumeRegion(camera, ivec2(0), size), camera.pivot())));
  CHECK(near(withProjection(flat, Projection::perspective).position, camera.position));
}

TEST_CASE("an axis view has one level-0 voxel a pixel, its centre in the pixel's centre") {
  const dmat4 rotated = glm::rotate(glm::scale(dmat4(1.0), dvec3(0.4, 0.4, 2.0)), 0.6, dvec3(1, 1, 0));
  const Dataset dataset = oneImage(rotated);
  // Level 0 with a factor of its own, as some exporters leave it.
  const ImagePyramid pyramid = onePyramid({40, 30, 20}, dvec3(2, 2, 2));
  for (int axis = 0; axis < 3; ++axis) {
    const View view = makeAxisView(dataset, pyramid, {}, axis, std::nullopt);
    const ivec2 size = axisPictureSize(pyramid, axis);
    const ViewRegion region = makeRegions(view, worldFromVoxel(view, dataset, pyramid, {}), size).front();
    const int column = axis == 0 ? 1 : 0, row = axis == 2 ? 1 : 2;
    CHECK(size == ivec2(pyramid.levels[0].sizeVoxels[column], pyramid.levels[0].sizeVoxels[row]));
    // Pixel (3, 7) looks along the axis through voxel column = 3, row = 7, from outside of the image.
    const dvec3 origin = region.originAt({3.5, 7.5});
    CHECK(origin[column] == Catch::Approx(3.0));
    CHECK(origin[row] == Catch::Approx(7.0));
    CHECK(std::abs(region.direction0[axis]) == Catch::Approx(1.0));
    CHECK((origin[axis] < -0.5 || origin[axis] > double(pyramid.levels[0].sizeVoxels[axis]) - 0.5));
    // In Space::voxel the image's box is that of its level-0 voxels.
    const Box3 box = worldBox(pyramid, worldFromVoxel(view, dataset, pyramid, {}));
    CHECK(near(box.min, dvec3(-0.5)));
    CHECK(near(box.max, dvec3(39.5, 29.5, 19.5)));
  }
}

TEST_CASE("the slice panels pass through the point and lie along the image's axes") {
  const dmat4 rotated = glm::rotate(glm::scale(dmat4(1.0), dvec3(0.5)), 0.8, dvec3(0, 1, 1));
  const Dataset dataset = oneImage(rotated);
  const ImagePyramid pyramid = onePyramid({64, 64, 64});
  View view = makeDefaultView(dataset, pyramid, {}, {400, 300});
  view.layout = Layout::slices;
  view.slices.pointWorld = transformPoint(rotated, {10, 20, 30});
  const auto regions = makeRegions(view, rotated, {400, 300});
  REQUIRE(regions.size() == 4);
  const auto axes = imageAxes(rotated);
  for (int i = 0; i < 3; ++i) {
    const ViewRegion& region = regions[static_cast<std::size_t>(i)];
    const auto axis = static_cast<std::size_t>(region.sliceAxis);
    CHECK(std::abs(glm::dot(glm::normalize(region.direction0), axes[axis])) == Catch::Approx(1.0));
    CHECK(glm::dot(region.originAt({3, 9}) - view.slices.pointWorld, axes[axis]) == Catch::Approx(0.0).margin(1e-9));
  }
  CHECK(regions[0].sliceAxis == 2);
  CHECK(near(glm::normalize(regions[1].originDx), axes[2]));  // ZY: z to the right, y down
  CHECK(near(glm::normalize(regions[1].originDy), axes[1]));
  CHECK(regions[3].kind == RegionKind::volume);
}

TEST_CASE("a transfer function is linear between its points and constant outside") {
  const TransferFunction f{{{0.25, {0, 0, 0, 0}}, {0.75, {1, 0.5, 0, 1}}}};
  CHECK(evaluate(f, 0.0) == dvec4(0, 0, 0, 0));
  CHECK(evaluate(f, 0.5) == dvec4(0.5, 0.25, 0, 0.5));
  CHECK(evaluate(f, 1.0) == dvec4(1, 0.5, 0, 1));
  CHECK(makeTransferTable(makeGreyRamp(0.5))[255] == vec4(1, 1, 1, 0.5));
}

TEST_CASE("colour maps have the grey ramp's opacity, and their own colours at both ends") {
  REQUIRE(colourMaps().size() == 6);
  for (const ColourMap& map : colourMaps()) {
    const TransferFunction f = makeColourRamp(map, 0.25);
    CAPTURE(map.id);
    CHECK(dvec3(evaluate(f, 0.0)) == map.colours.front());
    CHECK(dvec3(evaluate(f, 1.0)) == map.colours.back());
    CHECK(evaluate(f, 0.0).a == 0.0);
    CHECK(evaluate(f, 0.5).a == Catch::Approx(evaluate(makeGreyRamp(0.25), 0.5).a));
    const TransferFunction more = withMaxOpacity(f, 0.5);
    CHECK(evaluate(more, 0.5).a == Catch::Approx(2.0 * evaluate(f, 0.5).a));
    CHECK(dvec3(evaluate(more, 0.5)) == dvec3(evaluate(f, 0.5)));
    // Ever brighter: what the maps are for.
    for (std::size_t i = 1; i < map.colours.size(); ++i) {
      const auto luminance = [&](std::size_t at) { return glm::dot(map.colours[at], dvec3(0.2126, 0.7152, 0.0722)); };
      CHECK(luminance(i) > luminance(i - 1));
    }
  }
  CHECK(colourMaps()[0].colours[0] == dvec3(0x44, 0x01, 0x54) / 255.0);
}

TEST_CASE("a view comes back from its JSON bit by bit") {
  const Dataset dataset = oneImage(dmat4(1.0));
  View view = makeDefaultView(dataset, onePyramid({64, 64, 64}), {}, {400, 300});
  view.layout = Layout::slices;
  view.mode = RenderMode::dvr;
  view.range = ValueRange{100.25, 7.5};
  view.pinnedLevel = 2;
  view.samplesPerVoxel = 1;
  view.fused = true;
  view.blend = Blend::over;
  view.looks = {{.setup = 7, .colour = {0.1, 0.7, 1.0 / 3.0}, .range = ValueRange{3.5, 900}},
                {.setup = 5, .visible = false}};
  view.isoValue = 0.1;
  view.peakLevels = 1;
  view.jitter = 16;
  view.attenuation = 0.3;
  view.lighting = Lighting::on;
  view.slices.worldFromSlice = glm::normalize(dquat(0.8, 0.3, -0.45, 0.2));
  view.slices.thicknessWorld = 1.0 / 3.0;
  view.slices.slab = Slab::average;
  view.slices.planes = {planeThrough({1, 2, 3}, {1, 1, 0.3}), planeThrough({0, 1, 7}, {0, -1, 0})};
  view.clip = {.on = false,
               .box = Box3{{-1.0 / 3.0, 2, 3}, {0.1, 7, 1e9}},
               .planes = {planeThrough({1, 2, 3}, {1, -2, 0.3}), planeThrough({0, 0, 7}, {0, 0, -1})}};
  view.transfer.points.insert(view.transfer.points.begin() + 1, {0.2, {0.1, 0.2, 0.3, 0.4}});
  const std::string text = writeViewJson(view);
  const View back = readViewJson(text, "v.json");
  CHECK(back == view);
}

TEST_CASE("a point is kept by a clip if the box and all planes keep it") {
  const Clip clip{.box = Box3{{0, 0, 0}, {10, 20, 30}}, .planes = {planeThrough({5, 5, 5}, {3, 0, 0})}};
  const auto keeps = [](const Clip& c, const dvec3& p) {
    return std::ranges::all_of(clipHalfSpaces(c), [&](const dvec4& h) { return glm::dot(dvec3(h), p) + h.w >= 0.0; });
  };
  CHECK(keeps(clip, {6, 1, 1}));
  CHECK_FALSE(keeps(clip, {4.9, 1, 1}));
  for (const dvec3& outside : {dvec3(11, 1, 1), dvec3(6, -1, 1), dvec3(6, 21, 1), dvec3(6, 1, -1), dvec3(6, 1, 31)})
    CHECK_FALSE(keeps(clip, outside));
  Clip off = clip;
  off.on = false;
  CHECK(keeps(off, {-100, 0, 0}));
  CHECK(off != clip);
}

TEST_CASE("a view of one setup, as older versions wrote it, shows that setup as it did") {
  const View view = readViewJson(R"({"volaryView": 1, "setup": 5, "timepoint": 0, "range": [10, 20],
    "camera": {"projection": "perspective", "position": [0, 0, 0], "orientationWxyz": [1, 0, 0, 0], "fovYDegrees": 30,
               "orthoHeight": 1, "pivotDistance": 1}})",
                                 "v.json");
  CHECK(shownLooks(view) == FrameVector<SetupLook>{{.setup = 5, .visible = false}});
  CHECK(statedRange(view, {.id = 5, .displayRange = ValueRange{1, 2}}, VoxelType::uint8) == ValueRange{10, 20});
}

TEST_CASE("a setup's own contrast wins over the view's, that over the file's") {
  View view;
  const Setup setup{.id = 5, .displayRange = ValueRange{1, 2}};
  CHECK_FALSE(statedRange(view, {.id = 5}, VoxelType::uint8));
  CHECK(statedRange(view, setup, VoxelType::uint8) == ValueRange{1, 2});
  view.range = ValueRange{3, 4};
  CHECK(statedRange(view, setup, VoxelType::uint8) == ValueRange{3, 4});
  editLook(view, 5).range = ValueRange{5, 6};
  CHECK(statedRange(view, setup, VoxelType::uint8) == ValueRange{5, 6});
}

TEST_CASE("channels are told from tiles, by the file or by where they stand") {
  const auto setupAt = [](int id, double x, std::optional<int> channel = {}, std::optional<dvec3> colour = {}) {
    return Setup{.id = id,
                 .channel = channel,
                 .worldFromVoxel = {glm::translate(dmat4(1.0), dvec3(x, 0, 0))},
                 .present = {true},
                 .displayColour = colour};
  };
  const auto make = [](std::vector<Setup> setups) {
    Dataset dataset;
    dataset.timepoints = {0};
    dataset.setups = std::move(setups);
    return dataset;
  };
  const Dataset channels = make({setupAt(0, 0), setupAt(1, 0), setupAt(2, 0)});
  CHECK(findChannels(channels) == std::vector{0, 1, 2});
  CHECK(isOneImageInChannels(channels));
  CHECK(makeLooks(channels)[0].colour == dvec3(0, 1, 0));
  CHECK(makeLooks(channels)[1].colour == dvec3(1, 0, 1));

  const Dataset tiles = make({setupAt(0, 0), setupAt(1, 9), setupAt(2, 18)});
  CHECK(findChannels(tiles) == std::vector{0, 0, 0});
  CHECK(!isOneImageInChannels(tiles));
  CHECK(makeLooks(tiles)[2].colour == dvec3(1));

  const Dataset tilesInChannels = make({setupAt(0, 0), setupAt(1, 9), setupAt(2, 0), setupAt(3, 9)});
  CHECK(findChannels(tilesInChannels) == std::vector{0, 0, 1, 1});
  CHECK(!isOneImageInChannels(tilesInChannels));
  CHECK(makeLooks(tilesInChannels)[3].colour == dvec3(1, 0, 1));

  // Registered each on its own, channels stand beside each other by a trifle; illuminations of one channel at one
  // place.
  CHECK(findChannels(make({setupAt(0, 0, 4), setupAt(1, 0.1, 2)})) == std::vector{0, 1});
  CHECK(findChannels(make({setupAt(0, 0, 4), setupAt(1, 0, 4)})) == std::vector{0, 0});

  const dvec3 red(1, 0, 0), blue(0, 0, 1), white(1);
  CHECK(makeLooks(make({setupAt(0, 0, {}, red), setupAt(1, 0, {}, blue)}))[1].colour == blue);
  CHECK(makeLooks(make({setupAt(0, 0, {}, white), setupAt(1, 0, {}, white)}))[1].colour == dvec3(1, 0, 1));
  CHECK(makeLooks(make({setupAt(0, 0, {}, red)}))[0].colour == white);
}

TEST_CASE("a picture shows the current setup alone, or all that are visible") {
  View view{.setup = 3};
  view.looks = {{.setup = 1}, {.setup = 3, .visible = false, .colour = {1, 0, 0}}, {.setup = 2}};
  CHECK(shownLooks(view) == FrameVector<SetupLook>{view.looks[1]});
  view.fused = true;
  CHECK(shownLooks(view) == FrameVector<SetupLook>{view.looks[0], view.looks[2]});
}

TEST_CASE("every mode comes back from its name") {
  for (const RenderModeInfo& info : kRenderModes) {
    CHECK(infoOf(info.mode).id == info.id);
    CHECK(findRenderMode(info.id) == info.mode);
    View view;
    view.mode = info.mode;
    CHECK(readViewJson(writeViewJson(view), "v.json").mode == info.mode);
  }
  CHECK(!findRenderMode("slices"));
}

/// Each value of an enum whose last one is `last` has a name of its own, by which it is found.
template <typename Enum>
void checkNames(Enum last) {
  const auto count = static_cast<std::size_t>(last) + 1;
  REQUIRE(namesOf(last).size() == count);
  std::set<std::string_view> ids, labels;
  for (std::size_t i = 0; i < count; ++i) {
    const auto value = static_cast<Enum>(i);
    const Named<Enum>* found = nullptr;
    for (const Named<Enum>& one : namesOf(value))
      if (one.value == value) found = &one;
    REQUIRE(found != nullptr);
    CHECK(findNamed<Enum>(found->id) == value);
    ids.insert(found->id);
    labels.insert(found->label);
  }
  CHECK(ids.size() == count);
  CHECK(labels.size() == count);
  CHECK(!findNamed<Enum>(""));
}

TEST_CASE("all that a view chooses among has a name, and comes back from it") {
  checkNames(Projection::orthographic);
  checkNames(Layout::oblique);
  checkNames(Slab::average);
  checkNames(Interpolation::trilinear);
  checkNames(Blend::over);
  checkNames(Overlay::resolution);
  checkNames(Space::voxel);
}

/// The JSON text with another value of the first key of that name.
std::string withValue(const std::string& text, const std::string& key, const std::string& value) {
  const std::size_t at = text.find(fmt::format("\"{}\": ", key)) + key.size() + 4;
  std::size_t end = at;
  for (int depth = 0; depth > 0 || (text[end] != ',' && text[end] != '\n' && text[end] != '}'); ++end)
    depth += text[end] == '[' ? 1 : text[end] == ']' ? -1 : 0;
  return text.substr(0, at) + value + text.substr(end);
}

TEST_CASE("a damaged view is an error that names the file and the key") {
  const std::string good = writeViewJson(makeDefaultView(oneImage(dmat4(1.0)), onePyramid({8, 8, 8}), {}, {40, 30}));
  const auto message = [](const std::string& text) -> std::string {
    try {
      readViewJson(text, "v.json");
    } catch (const Error& error) {
      return error.what();
    }
    return "accepted";
  };
  CHECK(message("{") == "v.json: this is not JSON");
  CHECK(message("[]") == "v.json: a JSON object is expected");
  CHECK(message("{\"volaryView\": 1}") == "v.json: 'setup' is missing");
  std::string bad = good;
  bad.replace(bad.find("\"setups\": []"), 12, "\"setups\": [{\"setup\": 1}, {\"setup\": 1}]");
  CHECK(message(bad) == "v.json: 'setups' has setup 1 twice");
  bad = good;
  bad.replace(bad.find("\"mip\""), 5, "\"xyz\"");
  CHECK(message(bad) == "v.json: 'mode' has the unknown value \"xyz\"");
  for (const auto& [key, value, expected] :
       {std::tuple("overlay", "\"all\"", "v.json: 'overlay' has the unknown value \"all\""),
        {"interpolation", "3", "v.json: 'interpolation' has the unknown value 3"},
        {"fovYDegrees", "180", "v.json.camera: 'fovYDegrees' must be less than 179"},
        {"orientationWxyz", "[0, 0, 0, 0]", "v.json.camera: 'orientationWxyz' must not be zero"},
        {"transfer", "[]", "v.json: 'transfer' must be a list of control points [at, r, g, b, a]"},
        {"transfer", "[[1, 0, 0, 0, 0], [0, 0, 0, 0, 0]]", "v.json: the control points of 'transfer' must ascend"}}) {
    CHECK(message(withValue(good, key, value)) == expected);
  }
  for (const auto& [clip, expected] :
       {std::pair("{\"planes\": [{\"normal\": [0, 0, 0], \"offset\": 1}]}",
                  "v.json.clip: 'normal' of a plane must not be zero"),
        std::pair("{\"box\": {\"min\": [0, 5, 0], \"max\": [1, 1, 1]}}",
                  "v.json.clip: 'min' of the box must not be above 'max'"),
        std::pair("{\"planes\": 7}", "v.json.clip: 'planes' must be a list of objects")}) {
    bad = good;
    const std::size_t at = bad.find("\"clip\"");
    bad.replace(at, bad.find("\"fused\"") - at, fmt::format("\"clip\": {},\n", clip));
    CHECK(message(bad) == expected);
  }
  std::string planes = "{\"normal\": [0, 0, 1], \"offset\": 1}";
  for (int i = 0; i < 6; ++i) planes += ", {\"normal\": [0, 0, 1], \"offset\": 1}";
  bad = good;
  const std::size_t clip = bad.find("\"clip\"");
  bad.replace(clip, bad.find("\"fused\"") - clip, fmt::format("\"clip\": {{\"planes\": [{}]}},\n", planes));
  CHECK(message(bad) == "v.json.clip: 'planes' may be 6 at most");
  for (const char* number : {"4294967296", "18446744073709551615", "-9223372036854775808"}) {
    bad = good;
    const std::size_t at = bad.find("\"setup\"");
    bad.replace(at, bad.find_first_of(",\n", at) - at, fmt::format("\"setup\": {}", number));
    CHECK(message(bad) == "v.json: 'setup' is too large");
  }
  // Every prefix is refused or, at the very end, whole.
  for (std::size_t n = 0; n + 2 < good.size(); ++n) CHECK(message(good.substr(0, n)) != "accepted");
}
