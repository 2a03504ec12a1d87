// A source in which things go wrong, behind the engine that draws frame by frame: the view lives on.
#include "paging/render_converged.h"
#include "support/fakes/fake_source.h"
#include "support/fakes/fault_source.h"
#include "support/gpu/gpu_device.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <optional>
#include <set>
#include <thread>

using namespace volary;
using test::Fault;
using test::FaultSource;

namespace {

constexpr EngineSettings kSettings{.pageCacheBytes = 400 * kPaddedBrickVoxels, .loader = {.threads = 3}};
constexpr ivec2 kSize(150, 110);

test::FakeSource makeVolume() { return {VoxelType::uint8, {180, 150, 130}, {dvec3(1), dvec3(2)}, {24, 20, 16}}; }

/// Wants both levels.
View makeView(Source& source) {
  View view = makeDefaultView(source.dataset(), source.pyramid({}), {}, kSize);
  view.range = ValueRange{0, 128};
  view.pixelsPerVoxel = 0.25;
  return view;
}

/// Draws one frame and hands its report on.
FrameReport drawFrame(gpu::FrameRing& frames, Engine& engine, const View& view) {
  gpu::Frame& frame = frames.begin();
  FrameReport report = engine.drawFrame(frame, view, kSize, Effort::interactive);
  frames.submit(frame);
  return report;
}

/// Draws frames until the picture is complete and sharp. Appends what failed on the way.
FrameReport converge(gpu::FrameRing& frames, Engine& engine, const View& view, std::vector<std::string>& errors) {
  const test::Deadline deadline("the picture is complete and sharp");
  while (true) {
    deadline.check();
    FrameReport report = drawFrame(frames, engine, view);
    errors.insert(errors.end(), report.newErrors.begin(), report.newErrors.end());
    if (report.converged && report.sharp) return report;
    if (!report.converged) engine.waitForBrick(std::chrono::milliseconds(5));
  }
}

std::size_t countStates(const Engine& engine, BrickState state) {
  return static_cast<std::size_t>(std::ranges::count(engine.brickStates(), state));
}

}  // namespace

TEST_CASE("chunks that fail cost their bricks, each reported once, and the picture is whole after a retry") {
  test::TestDevice device;
  test::FakeSource volume = makeVolume();
  const View view = makeView(volume);
  Engine sound(*device, volume, kSettings);
  const Pixels reference = renderConverged(*device, sound, view, kSize);

  FaultSource source(
      volume,
      test::strewFaults(
          7, {Fault::ioError, Fault::noMemory, Fault::foreign, Fault::shortRead, Fault::badDecode, Fault::slow}, 6));
  Engine engine(*device, source, kSettings);
  gpu::FrameRing frames(*device);
  std::vector<std::string> errors;
  const FrameReport report = converge(frames, engine, view, errors);
  const std::size_t failed = countStates(engine, BrickState::failed);
  REQUIRE(failed > 3);
  CHECK(countStates(engine, BrickState::resident) > failed);
  CHECK(countStates(engine, BrickState::missing) == 0);
  CHECK(errors.size() == failed);
  CHECK(report.loader.bricksFailed == failed);
  for (const std::string& error : errors) {
    CHECK(error.starts_with("fake.h5: "));
    CHECK(error.find("chunk ") != std::string::npos);
  }

  // Looking elsewhere and back asks for no failed brick again.
  View away = view;
  away.camera = orbit(view.camera, 0.3, 0.1);
  converge(frames, engine, away, errors);
  const std::size_t afterAway = errors.size();
  converge(frames, engine, view, errors);
  CHECK(errors.size() == afterAway);
  CHECK(countStates(engine, BrickState::failed) == failed);

  source.heal();
  engine.retryFailed();
  converge(frames, engine, view, errors);
  CHECK(errors.size() == afterAway);
  CHECK(countStates(engine, BrickState::failed) == 0);
  CHECK(engine.picture().readBack(*device) == reference.rgba);
}

TEST_CASE("frames go on while reads are stuck, all other bricks come, and closing waits for these reads alone",
          "[transfer]") {
  test::TestDevice device;
  test::FakeSource volume = makeVolume();
  const View view = makeView(volume);
  FaultSource source(volume, [](const ChunkKey& key) {
    return key.level == 0 && key.chunk == i64vec3(3, 3, 4) ? Fault::stuck : Fault::none;
  });
  std::optional<Engine> engine(std::in_place, *device, source, kSettings);
  gpu::FrameRing frames(*device);
  const auto needsStuck = [&](const BrickKey& key) {
    const ChunkRange range = chunksOfBrick(volume.pyramid({}).levels[0], key.brick);
    return key.level == 0 && glm::all(glm::lessThanEqual(range.begin, i64vec3(3, 3, 4))) &&
           glm::all(glm::greaterThan(range.end, i64vec3(3, 3, 4)));
  };
  // A frame that waited for the stuck read would run into this deadline.
  const test::Deadline deadline("all other bricks are there");
  std::size_t stuck = 0;
  do {
    deadline.check();
    drawFrame(frames, *engine, view);
    const auto& bricks = engine->wanted().bricks;
    stuck = static_cast<std::size_t>(std::ranges::count_if(bricks, [&](const auto& b) { return needsStuck(b.key); }));
    REQUIRE(stuck > 0);
    engine->waitForBrick(std::chrono::milliseconds(5));
  } while (countStates(*engine, BrickState::missing) > stuck);
  for (std::size_t i = 0; i < engine->wanted().bricks.size(); ++i)
    CHECK((engine->brickStates()[i] == BrickState::missing) == needsStuck(engine->wanted().bricks[i].key));

  // Another view, while it is stuck.
  View away = view;
  away.camera = orbit(view.camera, 0.5, 0.0);
  for (int i = 0; i < 20; ++i) CHECK(drawFrame(frames, *engine, away).newErrors.empty());

  std::jthread release([&] { source.release(); });
  engine.reset();
  release.join();
  CHECK(source.readsUnderWay() == 0);
}
