// Views: what they choose among, their JSON, and what they show of a dataset.
#include "scene/view.h"
#include "base/error.h"
#include "pyramid/level_transform.h"
#include "scene/region.h"
#include "scene/view_names.h"
#include "support/fakes/one_image.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <set>
#include <tuple>

using namespace volary;
using namespace volary::test;

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
    // Each colour is brighter than the one before: that is what the maps are for.
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
  CHECK(statedRange(view, 5) == ValueRange{10, 20});
}

TEST_CASE("a setup's own contrast wins over the view's") {
  View view;
  CHECK_FALSE(statedRange(view, 5));
  view.range = ValueRange{3, 4};
  CHECK(statedRange(view, 5) == ValueRange{3, 4});
  editLook(view, 5).range = ValueRange{5, 6};
  CHECK(statedRange(view, 5) == ValueRange{5, 6});
  CHECK(statedRange(view, 6) == ValueRange{3, 4});
}

TEST_CASE("a file suggests a contrast unless it is the whole range of a voxel type") {
  CHECK(suggestedRange({.displayRange = ValueRange{1, 2}}, VoxelType::uint8) == ValueRange{1, 2});
  CHECK_FALSE(suggestedRange({}, VoxelType::uint8));
  CHECK_FALSE(suggestedRange({.displayRange = ValueRange{0, 255}}, VoxelType::uint8));
  CHECK_FALSE(suggestedRange({.displayRange = ValueRange{0, 65535}}, VoxelType::uint8));
  CHECK_FALSE(suggestedRange({.displayRange = ValueRange{2, 2}}, VoxelType::uint8));
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

  // Channels that are registered separately lie slightly apart; illuminations of one channel lie in one place.
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
