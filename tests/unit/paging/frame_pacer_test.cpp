#include "paging/frame_pacer.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <functional>
#include <utility>
#include <vector>

using namespace volary;

namespace {

constexpr int kWidth = 1280, kHeight = 720;

/// A device on which the milliseconds for a pixel depend on the picture's resolution and, on average, on the pixel's
/// row.
struct Device {
  std::function<double(double scale, double row)> msPerPixel;
  FramePacer pacer;

  explicit Device(double ms) : msPerPixel([=](double scale, double) { return ms * scale; }) {}
  explicit Device(std::function<double(double, double)> ms) : msPerPixel(std::move(ms)) {}

  double draw(const PacedFrame& frame) {
    if (frame.kind == PacedFrame::Kind::nothing) return 0.0;
    const bool whole = frame.kind == PacedFrame::Kind::preview;
    const double scale = whole ? frame.scale : 1.0;
    const int begin = whole ? 0 : frame.firstRow, end = whole ? kHeight : frame.endRow;
    double ms = 0.0;
    for (int row = begin; row < end; ++row) ms += kWidth * scale * scale * msPerPixel(scale, double(row) / kHeight);
    pacer.learn(ms, {.pixels = kWidth * scale * scale * (end - begin), .scale = scale, .whole = whole});
    return ms;
  }

  PacedFrame plan(bool changed) { return pacer.plan(changed, true, kWidth, kHeight); }
  /// How long the longest frame takes.
  double sharpen() {
    double longest = 0.0;
    while (!pacer.sharp()) longest = std::max(longest, draw(plan(false)));
    return longest;
  }
};

}  // namespace

TEST_CASE("a fast device draws everything at once") {
  Device device(1e-6);
  device.draw(device.pacer.plan(true, true, kWidth, kHeight));
  const PacedFrame second = device.pacer.plan(true, true, kWidth, kHeight);
  CHECK(second.kind == PacedFrame::Kind::preview);
  CHECK(second.scale == 1.0);
  CHECK(device.pacer.sharp());
  CHECK(device.pacer.plan(false, true, kWidth, kHeight).kind == PacedFrame::Kind::nothing);
}

TEST_CASE("a slow device stays within its budget while moving and when it sharpens") {
  Device device(6e-4);  // 1280 x 720 would take half a second
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
  Device device(6e-4);
  device.draw(device.pacer.plan(true, false, kWidth, kHeight));
  CHECK(device.pacer.plan(false, false, kWidth, kHeight).kind == PacedFrame::Kind::nothing);
  CHECK(device.pacer.plan(true, false, kWidth, kHeight).kind == PacedFrame::Kind::preview);
}

TEST_CASE("a change in the middle of sharpening starts again with a preview") {
  Device device(6e-4);
  for (int i = 0; i < 3; ++i) device.draw(device.pacer.plan(true, true, kWidth, kHeight));
  device.draw(device.pacer.plan(false, true, kWidth, kHeight));
  CHECK(device.pacer.plan(true, true, kWidth, kHeight).kind == PacedFrame::Kind::preview);
  const PacedFrame rows = device.pacer.plan(false, true, kWidth, kHeight);
  CHECK(rows.kind == PacedFrame::Kind::rows);
  CHECK(rows.firstRow == 0);
}

TEST_CASE("a picture that is to be sharpened anew is drawn over, without a preview") {
  for (const double msPerPixel : {1e-6, 6e-4}) {
    Device device(msPerPixel);
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
    Device device(msPerPixel);
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
  Device device(1.0);
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
  pacer.learn(2000.0, {.pixels = 1000.0, .scale = before, .usesNewPipeline = true});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale == before);

  pacer.learn(0.0002, {.pixels = 1000.0, .scale = before});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale == 1.0);
  pacer.learn(2000.0, {.pixels = 1000.0, .usesNewPipeline = true});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale == 1.0);
  pacer.learn(2000.0, {.pixels = 1000.0, .scale = before});
  CHECK(pacer.plan(true, false, kWidth, kHeight).scale < 1.0);
}

TEST_CASE("the first frame after a pause takes no longer than those before it, whatever the picture is like") {
  const auto anywhere = [](double, double) { return 7e-4; };
  // Rows at the edges hold nothing, and with fewer pixels each one costs no less.
  const auto inTheMiddle = [](double scale, double row) {
    return row > 0.2 && row < 0.7 ? (scale < 1.0 ? 3e-3 : 1e-3) : 1e-6;
  };
  for (const std::function<double(double, double)>& cost :
       {std::function<double(double, double)>(anywhere), {inTheMiddle}}) {
    Device device(cost);
    device.draw(device.plan(true));
    CHECK(device.sharpen() <= FramePacer::kBudgetMs * 2.1);
    for (int i = 0; i < 8; ++i) device.draw(device.plan(true));
    for (int motion = 0; motion < 3; ++motion) {
      for (int i = 0; i < 4; ++i) CHECK(device.draw(device.plan(true)) <= FramePacer::kBudgetMs * 1.01);
      // That rows in the middle cost more is known once some of them were drawn.
      CHECK(device.sharpen() <= FramePacer::kBudgetMs * 2.1);
    }
  }
}

TEST_CASE("a view that costs less gets more pixels, also where a resolution was once too slow") {
  double ms = 3e-3;
  Device device([&](double, double) { return ms; });
  for (int i = 0; i < 10; ++i) device.draw(device.plan(true));
  const double slow = device.plan(true).scale;
  ms = 4e-4;
  for (int i = 0; i < 20; ++i) device.draw(device.plan(true));
  const double faster = device.plan(true).scale;
  ms = 1e-5;
  for (int i = 0; i < 30; ++i) device.draw(device.plan(true));
  CHECK(slow < faster);
  CHECK(faster < 1.0);
  CHECK(device.plan(true).scale == 1.0);
  ms = 3e-3;
  for (int i = 0; i < 10; ++i) device.draw(device.plan(true));
  CHECK(device.plan(true).scale == slow);
}
