#include "paging/frame_pacer.h"

#include <catch2/catch_test_macros.hpp>

#include <vector>

using namespace volary;

namespace {

constexpr int kWidth = 1280, kHeight = 720;

/// A device that draws a pixel of full resolution in `msPerPixel`: plays `frames` frames of an unchanging, converged view after a change.
struct Device {
  double msPerPixel;
  FramePacer pacer;

  double draw(const PacedFrame& frame) {
    double work = 0.0;
    if (frame.kind == PacedFrame::Kind::preview)
      work = FramePacer::workOf(kWidth * frame.scale * kHeight * frame.scale, frame.scale);
    if (frame.kind == PacedFrame::Kind::rows)
      work = FramePacer::workOf(double(kWidth) * (frame.endRow - frame.firstRow), 1.0);
    pacer.learn(work * msPerPixel, {.work = work});
    return work * msPerPixel;
  }
};

}  // namespace

TEST_CASE("a fast device draws everything at once") {
  Device device{1e-6, {}};
  device.draw(device.pacer.plan(true, true, kWidth, kHeight));
  const PacedFrame second = device.pacer.plan(true, true, kWidth, kHeight);
  CHECK(second.kind == PacedFrame::Kind::preview);
  CHECK(second.scale == 1.0);
  CHECK(device.pacer.sharp());
  CHECK(device.pacer.plan(false, true, kWidth, kHeight).kind == PacedFrame::Kind::nothing);
}

TEST_CASE("a slow device stays within its budget while moving and when it sharpens") {
  Device device{6e-4, {}};  // 1280 x 720 would take half a second
  for (int i = 0; i < 10; ++i) {
    const double ms = device.draw(device.pacer.plan(true, false, kWidth, kHeight));
    if (i > 0) CHECK(ms <= FramePacer::kBudgetMs * 1.01);
  }
  CHECK(!device.pacer.sharp());

  CHECK(device.pacer.plan(true, false, kWidth, kHeight).scale >= 0.25);

  // Still: every row is drawn once, from the first to the last.
  int next = 0;
  while (!device.pacer.sharp()) {
    const PacedFrame frame = device.pacer.plan(false, true, kWidth, kHeight);
    REQUIRE(frame.kind == PacedFrame::Kind::rows);
    CHECK(frame.firstRow == next);
    CHECK(frame.endRow > frame.firstRow);
    next = frame.endRow;
    CHECK(device.draw(frame) <= FramePacer::kBudgetMs * 1.01);
  }
  CHECK(next == kHeight);
  CHECK(device.pacer.plan(false, true, kWidth, kHeight).kind == PacedFrame::Kind::nothing);
}

TEST_CASE("a picture is not sharpened before its bricks are in") {
  Device device{6e-4, {}};
  device.draw(device.pacer.plan(true, false, kWidth, kHeight));
  CHECK(device.pacer.plan(false, false, kWidth, kHeight).kind == PacedFrame::Kind::nothing);
  CHECK(device.pacer.plan(true, false, kWidth, kHeight).kind == PacedFrame::Kind::preview);
}

TEST_CASE("a change in the middle of sharpening starts again with a preview") {
  Device device{6e-4, {}};
  for (int i = 0; i < 3; ++i) device.draw(device.pacer.plan(true, true, kWidth, kHeight));
  device.draw(device.pacer.plan(false, true, kWidth, kHeight));
  CHECK(device.pacer.plan(true, true, kWidth, kHeight).kind == PacedFrame::Kind::preview);
  const PacedFrame rows = device.pacer.plan(false, true, kWidth, kHeight);
  CHECK(rows.kind == PacedFrame::Kind::rows);
  CHECK(rows.firstRow == 0);
}

TEST_CASE("a picture that is to be sharpened anew is drawn over, without a preview") {
  for (const double msPerPixel : {1e-6, 6e-4}) {
    Device device{msPerPixel, {}};
    device.draw(device.pacer.plan(true, true, kWidth, kHeight));
    for (int time = 0; time < 2; ++time) {
      device.pacer.sharpenAgain();
      CHECK(!device.pacer.sharp());
      int next = 0;
      while (!device.pacer.sharp()) {
        const PacedFrame frame = device.pacer.plan(false, true, kWidth, kHeight);
        REQUIRE(frame.kind == PacedFrame::Kind::rows);
        CHECK(frame.firstRow == next);
        next = frame.endRow;
        device.draw(frame);
      }
      CHECK(next == kHeight);
    }
  }
}

TEST_CASE("of several pictures every row is drawn once in each, one picture after the other") {
  constexpr int kPictures = 3;
  for (const double msPerPixel : {1e-6, 6e-4}) {
    Device device{msPerPixel, {}};
    const auto plan = [&](bool changed) { return device.pacer.plan(changed, true, kWidth, kHeight, kPictures); };
    for (int i = 0; i < 3; ++i) device.draw(plan(true));
    // A preview at full resolution is the first one.
    int picture = plan(true).scale == 1.0 ? 1 : 0, next = 0;
    while (!device.pacer.sharp()) {
      const PacedFrame frame = plan(false);
      REQUIRE(frame.kind == PacedFrame::Kind::rows);
      CHECK(frame.picture == picture);
      CHECK(frame.firstRow == next);
      next = frame.endRow % kHeight;
      if (next == 0) ++picture;
      device.draw(frame);
    }
    CHECK(picture == kPictures);
    CHECK(plan(false).kind == PacedFrame::Kind::nothing);
  }
}

TEST_CASE("rows that cost more than the budget are still drawn") {
  Device device{1.0, {}};
  for (int i = 0; i < 3; ++i) device.draw(device.pacer.plan(true, true, kWidth, kHeight));
  int frames = 0;
  while (!device.pacer.sharp() && frames < 2 * kHeight) {
    device.draw(device.pacer.plan(false, true, kWidth, kHeight));
    ++frames;
  }
  CHECK(frames == kHeight / FramePacer::kRowStep);
}

TEST_CASE("a frame in which the driver made code does not count as slow drawing") {
  FramePacer pacer;
  const double before = pacer.plan(true, false, kWidth, kHeight).scale;
  pacer.learn(2000.0, {.work = 1000.0, .usesNewPipeline = true});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale == before);

  pacer.learn(0.01, {.work = 1000.0});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale == 1.0);
  pacer.learn(2000.0, {.work = 1000.0, .usesNewPipeline = true});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale == 1.0);
  pacer.learn(2000.0, {.work = 1000.0});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale < 1.0);
}
