#include "base/os/process_figures.h"
#include "viewer/frame_statistics.h"
#include "viewer/input/keymap.h"
#include "viewer/navigation.h"
#include "viewer/navigation_controller.h"
#include "viewer/scale_bar.h"
#include "viewer/view_editor.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

using namespace volary;
using Catch::Approx;

namespace {

// 100 x 80 x 40 voxels of 0.5 x 0.5 x 2 world units, turned about z and moved: nothing lies along the world's axes.
dmat4 makeWorldFromVoxel() {
  const double c = std::cos(0.4), s = std::sin(0.4);
  dmat4 matrix(1.0);
  matrix[0] = dvec4(0.5 * c, 0.5 * s, 0, 0);
  matrix[1] = dvec4(-0.5 * s, 0.5 * c, 0, 0);
  matrix[2] = dvec4(0, 0, 2.0, 0);
  matrix[3] = dvec4(7, -3, 11, 1);
  return matrix;
}

SceneGeometry makeGeometry() {
  ImagePyramid pyramid;
  pyramid.levels.push_back({.sizeVoxels = i64vec3(100, 80, 40), .chunkVoxels = ivec3(32)});
  return makeSceneGeometry(pyramid, makeWorldFromVoxel());
}

dvec3 voxelOf(const SceneGeometry& geometry, const dvec3& world) {
  return transformPoint(glm::inverse(geometry.worldFromVoxel), world);
}

struct Scene {
  ViewEditor editor;
  NavigationController controller;
  NavigationScene scene;
};

Scene makeScene(Layout layout) {
  Scene s;
  s.scene.geometry = makeGeometry();
  View view;
  view.layout = layout;
  view.camera = makeCameraFor(s.scene.geometry.worldBox, dquat(1, 0, 0, 0), Projection::perspective, 1.0);
  view.slices.pointWorld = transformPoint(s.scene.geometry.worldFromVoxel, dvec3(50, 40, 20));
  view.slices.centreWorld = view.slices.pointWorld;
  view.slices.worldPerPixel = 0.25;
  s.editor.reset(view);
  const FrameVector<ViewRegion> regions = makeRegions(view, s.scene.geometry.worldFromVoxel, ivec2(400, 400));
  s.scene.regions.assign(regions.begin(), regions.end());
  return s;
}

constexpr dvec2 kInXyPanel(120, 90);

bool near(const dvec3& a, const dvec3& b) { return glm::length(a - b) < 1e-9 * (1.0 + glm::length(a)); }

}  // namespace

TEST_CASE("each key chord starts one command, and every chord of the help starts its command") {
  std::set<std::string> seen;
  for (const CommandInfo& info : commandTable())
    for (std::size_t i = 0; i < info.chords.size(); ++i) {
      INFO(chordName(info.chords[i]));
      CHECK(seen.insert(chordName(info.chords[i])).second);
      const auto match = findCommand(info.chords[i]);
      REQUIRE(match);
      CHECK(match->command == info.command);
      CHECK(match->choice == static_cast<int>(i));
      CHECK(match->scale == 1.0);
    }
  CHECK(seen.size() > 40);
}

TEST_CASE("Shift and Ctrl scale a step's speed, and mean nothing where they are not bound") {
  CHECK(findCommand({Key::up, kShift})->scale == 10.0);
  CHECK(findCommand({Key::up, kCtrl})->scale == 0.1);
  CHECK_FALSE(findCommand({keyOf('K'), kShift}));
  CHECK_FALSE(findCommand({keyOf('W'), kCtrl}));
  CHECK(findCommand({keyOf('A'), kShift})->command == ViewerCommand::alignXz);
  CHECK(findMouseAction(MousePlace::slice, MouseTrigger::wheel, kCtrlShift)->action == MouseAction::zoomAtCursor);
  CHECK(findMouseAction(MousePlace::slice, MouseTrigger::wheel, kShift)->scale == 10.0);
  CHECK_FALSE(findMouseAction(MousePlace::volume, MouseTrigger::click, kNoModifiers));
}

TEST_CASE("the keys' JSON and text name every command and gesture") {
  const auto json = nlohmann::json::parse(keysJson());
  REQUIRE(json["keys"].size() == commandTable().size());
  REQUIRE(json["mouse"].size() == mouseTable().size());
  const std::string text = keysText();
  for (const CommandInfo& info : commandTable()) CHECK(text.find(info.text) != text.npos);
  for (const MouseInfo& info : mouseTable()) CHECK(text.find(info.text) != text.npos);
}

TEST_CASE("undo goes back a gesture at a time, and redo returns") {
  ViewEditor editor;
  const auto setSetup = [&](int setup, const char* kind, double at) {
    editor.edit(kind, at, [&](View& view) { view.setup = setup; });
  };
  setSetup(1, "drag", 0.0);
  setSetup(2, "drag", 0.1);   // the same drag
  setSetup(3, "drag", 5.0);   // another one
  setSetup(4, "wheel", 5.1);  // another gesture
  CHECK(editor.undo());
  CHECK(editor.view().setup == 3);
  CHECK(editor.undo());
  CHECK(editor.view().setup == 2);
  CHECK(editor.undo());
  CHECK(editor.view().setup == 0);
  CHECK_FALSE(editor.undo());
  CHECK(editor.redo());
  CHECK(editor.view().setup == 2);
  const auto revision = editor.revision();
  setSetup(9, "drag", 20.0);
  CHECK(editor.revision() > revision);
  CHECK_FALSE(editor.redo());
  CHECK(editor.undo());
  CHECK(editor.view().setup == 2);
}

TEST_CASE("a click moves the planes to the point, and a drag does not") {
  Scene s = makeScene(Layout::slices);
  const dvec3 target = slicePoint(s.scene.regions[0], kInXyPanel);
  s.controller.handleButton({MouseButton::left, true, kInXyPanel, {}}, s.scene, s.editor, 0.0);
  s.controller.handleMove({kInXyPanel + dvec2(1, 1)}, s.editor, 0.1);
  s.controller.handleButton({MouseButton::left, false, kInXyPanel + dvec2(1, 1), {}}, s.scene, s.editor, 0.2);
  CHECK(near(s.editor.view().slices.pointWorld, target));

  const SliceView before = s.editor.view().slices;
  s.controller.handleButton({MouseButton::left, true, kInXyPanel, {}}, s.scene, s.editor, 5.0);
  s.controller.handleMove({kInXyPanel + dvec2(30, -20)}, s.editor, 5.1);
  s.controller.handleButton({MouseButton::left, false, kInXyPanel + dvec2(30, -20), {}}, s.scene, s.editor, 5.2);
  CHECK(s.editor.view().slices.pointWorld == before.pointWorld);
  CHECK_FALSE(s.editor.view().slices.centreWorld == before.centreWorld);
}

TEST_CASE("dragging a slice keeps the point under the pointer") {
  const Scene s = makeScene(Layout::slices);
  const dvec2 from(120, 90), to(60, 150);
  SliceView moved = panSlices(s.editor.view().slices, s.scene.regions[0], to - from);
  View view = s.editor.view();
  view.slices = moved;
  const auto regions = makeRegions(view, s.scene.geometry.worldFromVoxel, ivec2(400, 400));
  CHECK(near(slicePoint(regions[0], to), slicePoint(s.scene.regions[0], from)));
}

TEST_CASE("zooming a slice at the cursor keeps the point under it") {
  const Scene s = makeScene(Layout::slices);
  for (const ViewRegion& region : s.scene.regions) {
    if (region.kind != RegionKind::slice) continue;
    const dvec2 px = dvec2(region.offsetPx) + dvec2(37, 141);
    View view = s.editor.view();
    view.slices = zoomSlicesAt(view.slices, s.scene.geometry, region, px, 3.0);
    CHECK(view.slices.worldPerPixel == Approx(s.editor.view().slices.worldPerPixel / std::pow(1.1, 3.0)));
    const auto regions = makeRegions(view, s.scene.geometry.worldFromVoxel, ivec2(400, 400));
    for (const ViewRegion& zoomed : regions)
      if (zoomed.sliceAxis == region.sliceAxis) CHECK(near(slicePoint(zoomed, px), slicePoint(region, px)));
  }
}

TEST_CASE("the wheel steps through the planes of the panel under it, voxel by voxel, and stops at the ends") {
  Scene s = makeScene(Layout::slices);
  const auto voxelNow = [&] { return voxelOf(s.scene.geometry, s.editor.view().slices.pointWorld); };
  s.controller.handleWheel({1.0, kInXyPanel, {}}, s.scene, s.editor, 0.0);
  CHECK(near(voxelNow(), dvec3(50, 40, 21)));
  s.controller.handleWheel({-1.0, kInXyPanel, kShift}, s.scene, s.editor, 0.0);
  CHECK(near(voxelNow(), dvec3(50, 40, 11)));
  s.controller.handleWheel({1.0, kInXyPanel, kCtrl}, s.scene, s.editor, 0.0);
  CHECK(near(voxelNow(), dvec3(50, 40, 11.1)));
  s.controller.handleWheel({1.0, dvec2(s.scene.regions[1].offsetPx) + 5.0, {}}, s.scene, s.editor, 0.0);
  CHECK(near(voxelNow(), dvec3(51, 40, 11.1)));
  s.controller.handleWheel({100.0, kInXyPanel, kShift}, s.scene, s.editor, 0.0);
  CHECK(near(voxelNow(), dvec3(51, 40, 39)));
}

TEST_CASE("a click outside of the image moves the planes to its edge") {
  const Scene s = makeScene(Layout::slices);
  const SliceView moved = crossAt(s.editor.view().slices, s.scene.geometry, s.scene.regions[0], dvec2(-10000, -10000));
  const dvec3 voxel = voxelOf(s.scene.geometry, moved.pointWorld);
  CHECK(near(voxel, dvec3(0, 0, 20)));
}

TEST_CASE("an oblique slice turns about the point where the drag began, and the wheel moves it along its normal") {
  Scene s = makeScene(Layout::oblique);
  const dvec2 from(300, 130);
  const ViewRegion before = s.scene.regions.front();
  const dvec3 pivot = slicePoint(before, from);
  const auto regionNow = [&] {
    return makeRegions(s.editor.view(), s.scene.geometry.worldFromVoxel, ivec2(400, 400)).front();
  };
  s.controller.handleButton({MouseButton::left, true, from, {}}, s.scene, s.editor, 0.0);
  for (int i = 1; i <= 5; ++i) s.controller.handleMove({from + double(i) * dvec2(30, -20)}, s.editor, 0.1 * i);
  s.controller.handleButton({MouseButton::left, false, from + dvec2(150, -100), {}}, s.scene, s.editor, 1.0);
  const ViewRegion turned = regionNow();
  CHECK(near(slicePoint(turned, from), pivot));
  CHECK(glm::dot(turned.direction0, before.direction0) < 0.9);
  CHECK(turned.slabWorld == before.slabWorld);

  s.scene.regions = {turned};
  s.controller.handleWheel({2.0, from, {}}, s.scene, s.editor, 2.0);
  const dvec3 moved = slicePoint(regionNow(), from) - pivot;
  CHECK(glm::length(moved) > 0.0);
  CHECK(near(moved, glm::length(moved) * turned.direction0));
  // As far as it meets the image.
  for (int i = 0; i < 100; ++i) s.controller.handleWheel({100.0, from, kShift}, s.scene, s.editor, 3.0);
  const Box3 box = s.scene.geometry.worldBox;
  const double reach = 0.5 * glm::dot(glm::abs(turned.direction0), box.extent());
  CHECK(glm::dot(turned.direction0, s.editor.view().slices.pointWorld - box.centre()) == Approx(reach));

  s.scene.regions = {regionNow()};
  s.editor.adjust([&](View& v) { v.slices = alignSlice(v.slices, s.scene.geometry, s.scene.regions.front(), 2); });
  CHECK(near(regionNow().direction0, sliceOrientation(s.scene.geometry.worldFromVoxel, 2) * dvec3(0, 0, 1)));
}

TEST_CASE("an orbit keeps the pivot where it is, and what is nearer follows the pointer") {
  const Scene s = makeScene(Layout::volume);
  const Camera& camera = s.editor.view().camera;
  const Camera moved = orbitByDrag(camera, dvec2(40, 25), 1.0);
  CHECK(near(moved.pivot(), camera.pivot()));
  // A point between the eye and the pivot goes to the right and down in camera space.
  const dvec3 nearPoint = camera.pivot() - 0.3 * camera.pivotDistance * camera.forward();
  const dvec3 seen = glm::inverse(moved.worldFromCamera) * (nearPoint - moved.position);
  CHECK(seen.x > 0.0);
  CHECK(seen.y > 0.0);
}

TEST_CASE("looking to the right and down turns the view there, and the eye stays") {
  const Scene s = makeScene(Layout::volume);
  const Camera& camera = s.editor.view().camera;
  const Camera moved = lookByDrag(camera, dvec2(40, 25));
  CHECK(moved.position == camera.position);
  const dvec3 forward = glm::inverse(camera.worldFromCamera) * moved.forward();
  CHECK(forward.x > 0.0);
  CHECK(forward.y > 0.0);
}

TEST_CASE("zoom ends near and far, for both projections") {
  const SceneGeometry geometry = makeGeometry();
  for (const Projection projection : {Projection::perspective, Projection::orthographic}) {
    const Camera camera = makeCameraFor(geometry.worldBox, dquat(1, 0, 0, 0), projection, 1.0);
    const Camera in = zoomCamera(camera, geometry, 1e5);
    const Camera out = zoomCamera(camera, geometry, -1e5);
    const auto scale = [&](const Camera& c) {
      return projection == Projection::orthographic ? c.orthoHeightWorld : c.pivotDistance;
    };
    CHECK(scale(in) == Approx(0.05));
    CHECK(scale(out) == Approx(100.0 * glm::length(geometry.worldBox.extent())));
    CHECK(near(zoomCamera(zoomCamera(camera, geometry, 2.0), geometry, -2.0).position, camera.position));
  }
}

TEST_CASE("aligning to the image's planes takes some frames and ends exactly there") {
  Scene s = makeScene(Layout::volume);
  s.editor.adjust([](View& view) { view.camera = orbit(view.camera, 0.7, -0.4); });
  const dvec3 pivot = s.editor.view().camera.pivot();
  const auto axes = imageAxes(s.scene.geometry.worldFromVoxel);
  const struct {
    char key;
    dvec3 right, down;
  } cases[] = {{'Z', axes[0], axes[1]}, {'X', axes[2], axes[1]}, {'Y', axes[0], axes[2]}};
  double now = 0.0;
  for (const auto& c : cases) {
    const auto match = findCommand({keyOf(c.key), kShift});
    REQUIRE(match);
    CHECK(s.controller.handleCommand(*match, KeyPhase::pressed, s.scene, s.editor, now));
    s.controller.advance(s.scene, s.editor, now + 0.1);
    CHECK(s.controller.moving());
    s.controller.advance(s.scene, s.editor, now + 1.0);
    CHECK_FALSE(s.controller.moving());
    CHECK(glm::length(s.editor.view().camera.right() - c.right) < 1e-9);
    CHECK(glm::length(s.editor.view().camera.down() - c.down) < 1e-9);
    CHECK(near(s.editor.view().camera.pivot(), pivot));
    now += 2.0;
  }
  CHECK(s.editor.undo());  // the last turn alone
  CHECK(glm::length(s.editor.view().camera.right() - axes[2]) < 1e-9);
}

TEST_CASE("a held key flies, at most a tenth of a second's way a frame, until it is released") {
  Scene s = makeScene(Layout::volume);
  const Camera start = s.editor.view().camera;
  const auto forward = findCommand({keyOf('W'), kNoModifiers});
  s.controller.advance(s.scene, s.editor, 0.0);
  s.controller.handleCommand(*forward, KeyPhase::pressed, s.scene, s.editor, 0.0);
  s.controller.advance(s.scene, s.editor, 10.0);
  const double speed = s.controller.flySpeed() * glm::length(s.scene.geometry.worldBox.extent());
  CHECK(near(s.editor.view().camera.position, start.position + 0.1 * speed * start.forward()));
  s.controller.handleCommand(*forward, KeyPhase::released, s.scene, s.editor, 10.0);
  CHECK_FALSE(s.controller.moving());
}

TEST_CASE("a scale bar is 1, 2 or 5 times a power of ten and fits") {
  const auto bar = makeScaleBar(0.65, "micron", 200.0);
  REQUIRE(bar);
  CHECK(bar->label == "100 \u00b5m");
  CHECK(bar->lengthPx == Approx(100.0 / 0.65));
  CHECK(makeScaleBar(0.001, "mm", 100.0)->label == "0.1 mm");
  CHECK(makeScaleBar(1.0, "voxel", 500.0)->label == "500 voxel");
  CHECK_FALSE(makeScaleBar(0.0, "um", 100.0));
  CHECK_FALSE(makeScaleBar(std::nan(""), "um", 100.0));
}

TEST_CASE("frame times have percentiles by nearest rank") {
  FrameTimes times;
  CHECK(times.percentiles().p99 == 0.0);
  for (int i = 100; i >= 1; --i) times.add(i);
  CHECK(times.percentiles().p50 == 50.0);
  CHECK(times.percentiles().p95 == 95.0);
  CHECK(times.percentiles().p99 == 99.0);
  for (std::size_t i = 0; i < FrameTimes::kFrames; ++i) times.add(7.0);
  CHECK(times.percentiles().p99 == 7.0);
}

TEST_CASE("a rate is that of the last second, and starts anew with another counter") {
  RateMeter meter;
  for (int i = 0; i <= 40; ++i) meter.add(static_cast<std::uint64_t>(i < 20 ? 1000 * i : 20000), 0.1 * i);
  CHECK(meter.perSecond() == 0.0);
  meter.add(30000, 4.1);
  CHECK(meter.perSecond() > 5000.0);
  meter.add(5, 4.2);
  CHECK(meter.perSecond() == 0.0);
}
