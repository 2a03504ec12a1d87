// A source behind a store that answers late: tens of reads under way, few threads, the most urgent first.
#include "formats/open.h"
#include "storage/far_store.h"
#include "streaming/loader.h"
#include "support/fakes/mock_fetcher.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <chrono>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace volary;
using namespace volary::test;
using namespace std::chrono_literals;

namespace {

// Bricks of 32 voxels and chunks of 32 are the same: 64 KiB each.
constexpr const char* kVolume = R"(
import json, os
size, chunk = (320, 256, 256), 32
os.makedirs('image.zarr/0')
zeros = [0.0, 0.0, 0.0]
axes = [dict(name=n, type='space', unit='micrometer') for n in 'zyx']
json.dump(dict(zarr_format=2), open('image.zarr/.zgroup', 'w'))
json.dump(dict(multiscales=[dict(version='0.4', axes=axes, datasets=[dict(path='0',
    coordinateTransformations=[dict(type='scale', scale=[1.0, 1.0, 1.0])])])]), open('image.zarr/.zattrs', 'w'))
json.dump(dict(zarr_format=2, shape=size, chunks=[chunk] * 3, dtype='<u2', compressor=None, fill_value=0, order='C',
               filters=None, dimension_separator='/'), open('image.zarr/0/.zarray', 'w'))
for z in range(size[0] // chunk):
    for y in range(size[1] // chunk):
        os.makedirs(f'image.zarr/0/{z}/{y}')
        for x in range(size[2] // chunk):
            np.full(chunk ** 3, 1 + x + 8 * y + 64 * z, '<u2').tofile(f'image.zarr/0/{z}/{y}/{x}')
)";
constexpr std::size_t kAtOnce = 32;

struct Fixture {
  TemporaryFolder folder;
  std::shared_ptr<MockFetcher::State> mock = std::make_shared<MockFetcher::State>();
  std::shared_ptr<FarStore> store = std::make_shared<FarStore>(std::make_unique<MockFetcher>(mock, kAtOnce));
  std::unique_ptr<Source> source;

  Fixture() {
    runPython(folder.path(), kVolume);
    const std::jthread answering([&](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
        mock->answer();
        std::this_thread::yield();
      }
    });
    source = openSource(Location(store, (folder / "image.zarr").string()));
    source->pyramid({});
  }

  /// The bricks of a layer of chunks.
  static std::vector<BrickKey> layer(std::int64_t z) {
    std::vector<BrickKey> keys;
    for (std::int64_t y = 0; y < 8; ++y)
      for (std::int64_t x = 0; x < 8; ++x) keys.push_back({.brick = {x, y, z}});
    return keys;
  }

  /// `meanwhile` is called again and again.
  template <typename Meanwhile>
  void waitUntilUnderWay(std::size_t count, Meanwhile meanwhile) {
    const auto end = std::chrono::steady_clock::now() + 30s;
    while (mock->countUnderWay() < count) {
      REQUIRE(std::chrono::steady_clock::now() < end);
      meanwhile();
      std::this_thread::sleep_for(1ms);
    }
  }
  void waitUntilUnderWay(std::size_t count) {
    waitUntilUnderWay(count, [] {});
  }
};

}  // namespace

TEST_CASE("two workers keep as many reads under way as the place likes, and read each chunk once") {
  Fixture f;
  Loader loader(*f.source, {.threads = 2});
  std::vector<BrickKey> wanted;
  for (std::int64_t z = 0; z < 10; ++z)
    for (const BrickKey& key : Fixture::layer(z)) wanted.push_back(key);
  REQUIRE(wanted.size() == 640);
  loader.replaceRequests(wanted);

  // The place answers everything that is under way at once, like a network whose delay is always the same: the number
  // of rounds is the time that it would take, in units of its delay.
  std::size_t rounds = 0;
  std::size_t chunks = 0;
  std::size_t bricks = 0;
  const auto take = [&] {
    for (const LoadedBrick& brick : loader.takeFinished(1000)) bricks += brick.error.empty() ? 1 : 0;
  };
  while (chunks < 640) {
    f.waitUntilUnderWay(std::min(kAtOnce, 640 - chunks), take);
    REQUIRE(f.mock->countUnderWay() <= kAtOnce);
    chunks += f.mock->answer();
    ++rounds;
  }
  CHECK(rounds == 640 / kAtOnce);
  while (bricks < 640 && loader.waitForFinished(30s)) take();
  CHECK(bricks == 640);
  for (const auto& [what, times] : f.mock->timesAsked)
    if (what.find("/0/") != what.npos && what.find("/.z") == what.npos) CHECK(times == 1);
  CHECK(loader.stats().threads == 2);
}

TEST_CASE("what nobody wants any more is withdrawn, and the new view's reads take its place") {
  Fixture f;
  Loader loader(*f.source, {.threads = 2});
  loader.replaceRequests(Fixture::layer(0));
  f.waitUntilUnderWay(kAtOnce);
  const std::size_t begunBefore = f.mock->begun;
  loader.replaceRequests(Fixture::layer(9));
  f.waitUntilUnderWay(1);
  const auto end = std::chrono::steady_clock::now() + 30s;
  std::size_t ofNewView = 0;
  while (ofNewView < kAtOnce && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(1ms);
    const std::lock_guard lock(f.mock->mutex);
    ofNewView = 0;
    // A brick of layer 9 touches chunks of layers 8 and 9.
    for (const auto& [id, one] : f.mock->underWay)
      if (one.request.key.find("/0/9/") != std::string::npos || one.request.key.find("/0/8/") != std::string::npos)
        ++ofNewView;
  }
  // All of it: nothing of the old view is left under way, though none of it was ever answered.
  CHECK(ofNewView == kAtOnce);
  CHECK(f.mock->cancelled >= kAtOnce);
  CHECK(f.mock->begun >= begunBefore + kAtOnce);
}

TEST_CASE("bricks from a distant store are those of the same file on the disk") {
  Fixture f;
  const std::unique_ptr<Source> near = openSource((f.folder / "image.zarr").string());
  std::jthread answering([&](const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      f.mock->answer(3);
      std::this_thread::yield();
    }
  });
  Loader far(*f.source, {.threads = 2});
  Loader local(*near, {.threads = 1});
  const std::vector<BrickKey> wanted = Fixture::layer(3);
  const auto loadAll = [&](Loader& loader) {
    std::map<std::pair<std::int64_t, std::int64_t>, std::vector<std::byte>> voxels;
    loader.replaceRequests(wanted);
    while (voxels.size() < wanted.size() && loader.waitForFinished(30s))
      for (LoadedBrick& brick : loader.takeFinished(1000)) {
        CHECK(brick.error.empty());
        voxels[{brick.key.brick.x, brick.key.brick.y}] = std::move(brick.voxels);
      }
    return voxels;
  };
  const auto expected = loadAll(local);
  REQUIRE(expected.size() == 64);
  CHECK((loadAll(far) == expected));
}

TEST_CASE("a read that fails is one failed brick with the place's own words, and can be asked for again") {
  Fixture f;
  Loader loader(*f.source, {.threads = 2});
  const std::vector<BrickKey> one = {{.brick = {0, 0, 0}}};
  loader.replaceRequests(one);
  f.waitUntilUnderWay(8);
  f.mock->failure = "503 Service Unavailable";
  f.mock->answer();
  REQUIRE(loader.waitForFinished(30s));
  const auto failed = loader.takeFinished(10);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].error.find("503 Service Unavailable") != std::string::npos);
  CHECK(failed[0].error.find("mock://") != std::string::npos);

  f.mock->failure.clear();
  loader.replaceRequests(one);
  f.waitUntilUnderWay(8);
  f.mock->answer();
  REQUIRE(loader.waitForFinished(30s));
  CHECK(loader.takeFinished(10)[0].error.empty());
}
