#include "scene/view_predictor.h"

#include <catch2/catch_approx.hpp>
#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

using namespace volary;
using Catch::Approx;

namespace {

std::vector<View> predict(const ViewPredictor& predictor, const PredictionScene& scene) {
  std::vector<View> views(1);  // an existing one is overwritten
  views.resize(predictor.predict(scene, views));
  return views;
}

constexpr double kFrame = 1.0 / 60.0;

View someView(Layout layout = Layout::volume) {
  View view;
  view.layout = layout;
  view.camera = look({.position = {3, -2, 7}, .orthoHeightWorld = 5.0, .pivotDistance = 40.0}, 0.7, -0.4, 0.2);
  view.slices = {.pointWorld = {10, 20, 30}, .centreWorld = {11, 21, 31}, .worldPerPixel = 0.5};
  return view;
}

/// Notes the views that `change` makes of `view`, a frame apart, and leaves the last one there.
void play(ViewPredictor& predictor, View& view, double& seconds, int frames, const std::function<void(View&)>& change) {
  for (int i = 0; i < frames; ++i) {
    seconds += kFrame;
    change(view);
    predictor.note(view, seconds);
  }
}

void checkSameCamera(const Camera& a, const Camera& b) {
  CHECK(glm::length(a.position - b.position) < 1e-6);
  CHECK(std::abs(glm::dot(a.worldFromCamera, b.worldFromCamera)) == Approx(1.0).margin(1e-9));
  CHECK(a.pivotDistance == Approx(b.pivotDistance));
  CHECK(a.orthoHeightWorld == Approx(b.orthoHeightWorld));
}

}  // namespace

TEST_CASE("a steady motion is continued: orbit, flight, turn of the head, zoom, and all on the slices") {
  const std::vector<std::function<void(View&)>> motions = {
      [](View& v) { v.camera = orbit(v.camera, 0.02, 0.0); },
      [](View& v) { v.camera = orbit(v.camera, 0.0, -0.015); },
      [](View& v) {
        v.camera = fly(v.camera, {0.1, 0.0, 0.5});
      },
      [](View& v) { v.camera = look(v.camera, 0.01, 0.0, 0.0); },
      [](View& v) { v.camera = zoom(v.camera, 1.03); },
      [](View& v) {
        v.camera = withProjection(v.camera, Projection::orthographic);
        v.camera = zoom(v.camera, 0.97);
      },
      [](View& v) { v.slices.centreWorld += dvec3(0.5, 0.25, 0.0); },
      [](View& v) { v.slices.worldPerPixel *= 1.02; },
  };
  for (const auto& motion : motions) {
    ViewPredictor predictor;
    View view = someView();
    motion(view);
    double seconds = 5.0;
    predictor.note(view, seconds);
    play(predictor, view, seconds, 6, motion);
    const std::vector<View> predicted = predict(predictor, {});
    REQUIRE(predicted.size() == 1);

    View expected = view;
    const int frames = static_cast<int>(ViewPredictor::kHorizonSeconds / kFrame + 0.5);
    for (int i = 0; i < frames; ++i) motion(expected);
    checkSameCamera(predicted[0].camera, expected.camera);
    CHECK(glm::length(predicted[0].slices.centreWorld - expected.slices.centreWorld) < 1e-6);
    CHECK(predicted[0].slices.worldPerPixel == Approx(expected.slices.worldPerPixel));
    CHECK(predicted[0].mode == view.mode);
  }
}

TEST_CASE("a still view, a single jump, and a motion that has ended predict no motion") {
  ViewPredictor predictor;
  View view = someView();
  double seconds = 0.0;
  CHECK(predict(predictor, {}).empty());
  play(predictor, view, seconds, 20, [](View&) {});
  CHECK(predict(predictor, {}).empty());

  seconds += kFrame;
  view.camera = fly(view.camera, {0, 0, 100});
  predictor.note(view, seconds);
  CHECK(predict(predictor, {}).empty());

  play(predictor, view, seconds, 6, [](View& v) { v.camera = orbit(v.camera, 0.02, 0.0); });
  CHECK(predict(predictor, {}).size() == 1);
  play(predictor, view, seconds, 4, [](View&) {});  // a late event does not end the movement
  CHECK(predict(predictor, {}).size() == 1);
  play(predictor, view, seconds, 5, [](View&) {});
  CHECK(predict(predictor, {}).empty());
  seconds += 10.0;
  predictor.note(view, seconds);
  CHECK(predict(predictor, {}).empty());
}

TEST_CASE("a wild motion is continued within bounds") {
  ViewPredictor predictor;
  View view = someView();
  double seconds = 0.0;
  play(predictor, view, seconds, 6, [](View& v) { v.camera = zoom(orbit(v.camera, 1.5, 0.0), 3.0); });
  const View next = predict(predictor, {}).at(0);
  CHECK(next.camera.pivotDistance >= view.camera.pivotDistance / 4.0 * 0.999);
  const double turned =
      2.0 * std::acos(std::min(1.0, std::abs(glm::dot(next.camera.worldFromCamera, view.camera.worldFromCamera))));
  CHECK(turned <= 1.5708);
}

TEST_CASE("stepping through the slices prepares the next layer of bricks, fast scrolling several") {
  // Voxels of 1 x 1 x 4 world units, on turned axes.
  dmat4 worldFromVoxel = glm::mat4_cast(glm::angleAxis(0.3, glm::normalize(dvec3(1, 2, 3))));
  worldFromVoxel[2] *= 4.0;
  const dvec3 z = dvec3(worldFromVoxel[2]);
  const PredictionScene scene{.worldFromVoxel = worldFromVoxel};
  ViewPredictor predictor;
  View view = someView(Layout::slices);
  double seconds = 0.0;
  predictor.note(view, seconds);
  CHECK(predict(predictor, scene).empty());

  // One step, then stillness: the layer of 32 voxels behind the plane, in the direction of travel.
  for (const double direction : {1.0, -1.0}) {
    seconds += 1.0;
    view.slices.pointWorld += direction * z;
    predictor.note(view, seconds);
    const std::vector<View> next = predict(predictor, scene);
    REQUIRE(next.size() == 1);
    CHECK(glm::length(next[0].slices.pointWorld - (view.slices.pointWorld + direction * 32.0 * z)) < 1e-6);
    CHECK(next[0].camera == view.camera);
    play(predictor, view, seconds, 30, [](View&) {});
    CHECK(predict(predictor, scene) == next);
  }

  // 5 planes a frame are 90 in 0.3 s: three layers, and where the planes will be.
  play(predictor, view, seconds, 6, [&](View& v) { v.slices.pointWorld += 5.0 * z; });
  const std::vector<View> fast = predict(predictor, scene);
  REQUIRE(fast.size() == 4);
  CHECK(glm::length(fast[0].slices.pointWorld - (view.slices.pointWorld + 90.0 * z)) < 1e-6);
  for (int layer = 1; layer <= 3; ++layer) {
    const dvec3 at = view.slices.pointWorld + 32.0 * layer * z;
    CHECK(glm::length(fast[static_cast<std::size_t>(layer)].slices.pointWorld - at) < 1e-6);
  }

  // Zoomed out, a brick of the level on the screen is thicker.
  view.slices.worldPerPixel = 8.0;
  view.slices.pointWorld += z;
  predictor.note(view, seconds += 1.0);
  CHECK(glm::length(predict(predictor, scene).at(0).slices.pointWorld - (view.slices.pointWorld + 64.0 * z)) < 1e-6);

  // A click moves two planes at once: no direction.
  view.slices.pointWorld += dvec3(7, 5, 1);
  predictor.note(view, seconds += 1.0);
  CHECK(predict(predictor, scene).empty());
}

TEST_CASE("stepping through time prepares the next time points in the direction of travel, more when playing") {
  const std::vector<int> ids = {0, 2, 4, 6, 8, 10, 12, 14, 16, 18};
  const PredictionScene scene{.timepoints = ids};
  ViewPredictor predictor;
  View view = someView();
  double seconds = 0.0;
  predictor.note(view, seconds);
  view.timepoint = 2;
  predictor.note(view, seconds += 3.0);
  std::vector<View> next = predict(predictor, scene);
  REQUIRE(next.size() == 1);
  CHECK(next[0].timepoint == 4);
  CHECK(next[0].camera == view.camera);

  // 5 a second: three are due within half a second.
  for (const int id : {4, 6, 8, 10, 12}) {
    view.timepoint = id;
    predictor.note(view, seconds += 0.2);
  }
  next = predict(predictor, scene);
  REQUIRE(next.size() == 3);
  CHECK(next[0].timepoint == 14);
  CHECK(next[2].timepoint == 18);

  view.timepoint = 10;
  predictor.note(view, seconds += 0.2);
  next = predict(predictor, scene);
  REQUIRE(next.size() == 1);
  CHECK(next[0].timepoint == 8);
  for (const int id : {8, 6, 4, 2, 0}) {
    view.timepoint = id;
    predictor.note(view, seconds += 1.0);
  }
  CHECK(predict(predictor, scene).empty());

  // With another setup it starts anew.
  view.timepoint = 2;
  predictor.note(view, seconds += 1.0);
  view.setup = 7;
  predictor.note(view, seconds += 1.0);
  CHECK(predict(predictor, scene).empty());
}
