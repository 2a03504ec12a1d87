// Frames take nothing from the heap once earlier ones have taken what they need.
#include "gpu/engine_pictures.h"
#include "gpu/fields.h"
#include "pyramid/level_transform.h"
#include "support/fakes/array_source.h"
#include "support/gpu/gpu_device.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <execinfo.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <string>

using namespace volary;
using namespace volary::test;

namespace {

/// What one thread takes from the heap while it counts, and the stack where it first does so.
struct Count {
  bool counts = false;
  std::size_t taken = 0;
  std::array<void*, 16> stack{};
  int depth = 0;
};
thread_local Count heap;

void* take(std::size_t bytes, std::size_t alignment) {
  if (heap.counts && heap.taken++ == 0) {
    heap.counts = false;  // backtrace() takes some
    heap.depth = backtrace(heap.stack.data(), static_cast<int>(heap.stack.size()));
    heap.counts = true;
  }
  void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

/// For addr2line.
std::string stackOfFirst() {
  std::string stack;
  const std::unique_ptr<char*, decltype(&std::free)> symbols(backtrace_symbols(heap.stack.data(), heap.depth),
                                                             std::free);
  for (int i = 0; i < heap.depth; ++i) stack += std::string(symbols.get()[i]) + '\n';
  return stack;
}

}  // namespace

void* operator new(std::size_t bytes) { return take(bytes, alignof(std::max_align_t)); }
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return std::malloc(bytes); }
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return take(bytes, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

namespace {

constexpr ivec2 kSizePx(150, 110);

FakeSource makeLargeSource() {
  return {VoxelType::uint8, i64vec3(200, 150, 130), {dvec3(1), dvec3(2), dvec3(4)}, {16, 16, 16}};
}

View makeView(Source& source) { return makeDefaultView(source.dataset(), source.pyramid({}), {}, kSizePx); }

/// Three volumes that overlap.
ArraySource makeScene() {
  std::vector<ArraySetup> setups;
  for (int i = 0; i < 3; ++i)
    setups.push_back(
        {makeArrayVolume(VoxelType::uint8, {60, 50, 40}, {dvec3(1), dvec3(2)}, blobField(dvec3(60, 50, 40))),
         glm::translate(dmat4(1.0), dvec3(20 * i, 5 * i, -9 * i))});
  return ArraySource(setups);
}

/// To and fro, about the same point or along the volume.
void turn(View& view, int frame) { view.camera = orbit(view.camera, frame % 30 < 15 ? 0.1 : -0.1, 0.0); }

void pass(View& view, int frame) { view.camera = fly(view.camera, {frame % 30 < 15 ? 30.0 : -30.0, 0.0, 0.0}); }

struct Flight {
  std::function<void(View&, int)> step;  ///< moves the view, by the frame's number
  bool streams = false;                  ///< bricks come in all the while
  bool looksAhead = false;
};

/// Moves the view the same way again and again, until one time takes nothing from the heap.
void checkFlight(gpu::Device& device, Source& source, const EngineSettings& how, View view, const Flight& flight) {
  constexpr int kFrames = 30, kMostTimes = 60;
  constexpr std::uint64_t kStream = 3 * kBrickBytes;
  Engine engine(device, source, how);
  sharpen(device, engine, view, kSizePx);
  gpu::FrameRing frames(device);
  double seconds = 0.0;
  std::uint64_t uploaded = 0, uploadedBefore = 0;
  const auto streams = [&] { return uploaded - uploadedBefore >= kStream; };
  for (int time = 0; time < kMostTimes; ++time) {
    heap.taken = 0;
    uploadedBefore = uploaded;
    for (int i = 0; i < kFrames; ++i) {
      flight.step(view, i);
      heap.counts = true;
      if (flight.looksAhead) engine.noteView(view, seconds);
      gpu::Frame& frame = frames.begin();
      const FrameReport& report = engine.drawFrame(frame, view, kSizePx, Effort::interactive);
      frames.submit(frame);
      heap.counts = false;
      uploaded = report.bytesUploaded;
      // However fast the frames are and however busy the machine is, one brick a frame is made.
      if (report.loader.queued > 0) engine.waitForBrick(kPatience);
      seconds += 0.02;
    }
    if (heap.taken == 0 && (streams() || !flight.streams)) break;
  }
  INFO(stackOfFirst());
  CHECK(heap.taken == 0);
  CHECK((streams() || !flight.streams));
}

}  // namespace

TEST_CASE("frames of a moving view take nothing from the heap, in any layout and mode") {
  TestDevice device(gpu::Validation::off);
  FakeSource source = makeLargeSource();
  View view = makeView(source);
  SECTION("each mode") {
    view.range = ValueRange{0, 128};
    for (const RenderModeInfo& info : kRenderModes) {
      CAPTURE(info.id);
      view.mode = info.mode;
      checkFlight(*device, source, settings(300), view, {.step = turn});
    }
  }
  SECTION("compositing, with a contrast of what is in view") {
    view.mode = RenderMode::dvr;
    checkFlight(*device, source, settings(300), view, {.step = turn});
  }
  SECTION("slices with thickness, planes, a cut and outlines of the bricks") {
    view.range = ValueRange{0, 128};
    view.layout = Layout::slices;
    view.overlay = Overlay::residency;
    view.slices.thicknessWorld = 5.0;
    view.slices.planes = {planeThrough(dvec3(50), {1, 1, 0})};
    view.clip = {.box = Box3{dvec3(10), dvec3(90)}, .planes = {planeThrough(dvec3(60), {1, 0, 1})}};
    checkFlight(*device, source, settings(300), view, {.step = [](View& v, int frame) {
      turn(v, frame);
      v.slices.pointWorld.z += frame % 30 < 15 ? 3.0 : -3.0;
    }});
  }
  SECTION("an oblique slice, tinted by its resolution") {
    view.range = ValueRange{0, 128};
    view.layout = Layout::oblique;
    view.overlay = Overlay::resolution;
    checkFlight(*device, source, settings(300), view, {.step = [](View& v, int frame) {
      v.slices.worldFromSlice = glm::angleAxis(0.1 * (frame % 30), dvec3(0.6, 0.8, 0));
    }});
  }
}

TEST_CASE("frames of several images take nothing from the heap") {
  TestDevice device(gpu::Validation::off);
  ArraySource source = makeScene();
  View view = makeView(source);
  view.range = ValueRange{0, 255};
  view.fused = true;
  for (int i = 0; i < 3; ++i) view.looks.push_back({.setup = 10 * i});
  for (const RenderMode mode : {RenderMode::dvr, RenderMode::mip}) {
    view.mode = mode;
    checkFlight(*device, source, settings(300), view, {.step = turn});
  }
}

TEST_CASE("frames take nothing from the heap while bricks stream in, rays tell, and what comes next is loaded",
          "[transfer]") {
  TestDevice device(gpu::Validation::off);
  FakeSource source(VoxelType::uint8, i64vec3(900, 200, 200), {dvec3(1), dvec3(2), dvec3(4), dvec3(8)}, {32, 32, 32});
  View view = makeView(source);
  view.range = ValueRange{0, 128};
  view.camera = fly(zoom(view.camera, 9.0), {-200.0, 0.0, 0.0});
  // The cache holds a fraction of what the flight shows, so that bricks come in however often it is flown.
  const auto settingsOf = [](std::uint64_t pages) {
    EngineSettings how = settings(pages);
    how.loader.hostCacheBytes = 1 << 20;
    return how;
  };
  EngineSettings how = settingsOf(250);
  SECTION("a maximum") { checkFlight(*device, source, how, view, {.step = pass, .streams = true}); }
  SECTION("an isosurface") {
    how = settingsOf(60);  // rays report what the surface hides: some 150 bricks remain
    how.feedback = Feedback::on;
    view.mode = RenderMode::iso;
    checkFlight(*device, source, how, view, {.step = pass, .streams = true});
  }
  SECTION("ahead") { checkFlight(*device, source, how, view, {.step = pass, .streams = true, .looksAhead = true}); }
}
