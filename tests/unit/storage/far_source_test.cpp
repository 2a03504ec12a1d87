// A source behind a store that answers late: tens of reads under way, few threads, the most urgent first.
#include "formats/open.h"
#include "storage/far_store.h"
#include "streaming/loader.h"
#include "support/fakes/fake_source.h"
#include "support/fakes/mock_fetcher.h"
#include "support/files/all_formats.h"
#include "support/files/read_level.h"
#include "support/files/test_files.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <string>
#include <thread>
#include <vector>

using namespace volary;
using namespace volary::test;

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

/// While it lives, the place answers, a few requests at a time.
class Answering {
 public:
  explicit Answering(std::shared_ptr<MockFetcher::State> mock)
      : thread_([mock = std::move(mock)](const std::stop_token& stop) {
          while (!stop.stop_requested()) {
            mock->answer(3);
            std::this_thread::yield();
          }
        }) {}

 private:
  std::jthread thread_;
};

using Bricks = std::map<std::array<int, 3>, std::vector<std::byte>>;

/// The voxels of the bricks, each of which must come.
Bricks loadAll(Source& source, const std::vector<BrickKey>& wanted, int threads) {
  Loader loader(source, {.threads = threads});
  loader.replaceRequests(wanted);
  Bricks voxels;
  while (voxels.size() < wanted.size() && loader.waitForFinished(kPatience))
    for (LoadedBrick& brick : loader.takeFinished(1000)) {
      CHECK(brick.error.empty());
      const auto& at = brick.key.brick;
      voxels[{at.x, at.y, at.z}] = std::move(brick.voxels);
    }
  REQUIRE(voxels.size() == wanted.size());
  return voxels;
}

struct Fixture {
  TemporaryFolder folder;
  std::shared_ptr<MockFetcher::State> mock = std::make_shared<MockFetcher::State>();
  std::shared_ptr<FarStore> store = std::make_shared<FarStore>(std::make_unique<MockFetcher>(mock, kAtOnce));
  std::unique_ptr<Source> source;

  Fixture() {
    runPython(folder.path(), kVolume);
    const Answering answering(mock);
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
    waitUntil("reads are under way", [&] {
      meanwhile();
      return mock->countUnderWay() >= count;
    });
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
  while (bricks < 640 && loader.waitForFinished(kPatience)) take();
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
  // All of it: nothing of the old view is left under way, though none of it was ever answered.
  waitUntil("all that is under way is of the new view", [&] {
    const std::lock_guard lock(f.mock->mutex);
    // A brick of layer 9 touches chunks of layers 8 and 9.
    return kAtOnce == static_cast<std::size_t>(std::ranges::count_if(f.mock->underWay, [](const auto& one) {
             const std::string& key = one.second.request.key;
             return key.find("/0/9/") != key.npos || key.find("/0/8/") != key.npos;
           }));
  });
  CHECK(f.mock->cancelled >= kAtOnce);
  CHECK(f.mock->begun >= begunBefore + kAtOnce);
}

TEST_CASE("bricks from a distant store are those of the same file on the disk") {
  Fixture f;
  const std::unique_ptr<Source> near = openSource((f.folder / "image.zarr").string());
  const Answering answering(f.mock);
  const std::vector<BrickKey> wanted = Fixture::layer(3);
  CHECK((loadAll(*f.source, wanted, 2) == loadAll(*near, wanted, 1)));
}

TEST_CASE("every format has the same voxels from far away as on the disk, for bricks and for threads that wait") {
  const TemporaryFolder folder;
  writeAllFormats(folder.path());
  for (const std::string& name : kAllFormats) {
    INFO(name);
    const auto mock = std::make_shared<MockFetcher::State>();
    const auto store = std::make_shared<FarStore>(std::make_unique<MockFetcher>(mock, kAtOnce));
    const Answering answering(mock);
    const std::string path = (folder / name).string();
    const std::unique_ptr<Source> near = openSource(path);
    const std::vector<std::byte> expected = readLevel(*near, {}, 0);
    const std::vector<BrickKey> wanted = allBricks(near->pyramid({}), {});
    const Bricks bricks = loadAll(*near, wanted, 1);
    CHECK((readLevel(*openSource(Location(store, path)), {}, 0) == expected));
    // Another source, which knows nothing of the file but what it reads by reads that don't wait.
    const std::unique_ptr<Source> far = openSource(Location(store, path));
    far->pyramid({});
    CHECK((loadAll(*far, wanted, 2) == bricks));
  }
}

TEST_CASE("a read that fails is one failed brick with the place's own words, and can be asked for again") {
  Fixture f;
  Loader loader(*f.source, {.threads = 2});
  const std::vector<BrickKey> one = {{.brick = {0, 0, 0}}};
  loader.replaceRequests(one);
  f.waitUntilUnderWay(8);
  f.mock->failure = "503 Service Unavailable";
  f.mock->answer();
  REQUIRE(loader.waitForFinished(kPatience));
  const auto failed = loader.takeFinished(10);
  REQUIRE(failed.size() == 1);
  CHECK(failed[0].error.find("503 Service Unavailable") != std::string::npos);
  CHECK(failed[0].error.find("mock://") != std::string::npos);

  f.mock->failure.clear();
  loader.replaceRequests(one);
  f.waitUntilUnderWay(8);
  f.mock->answer();
  REQUIRE(loader.waitForFinished(kPatience));
  CHECK(loader.takeFinished(10)[0].error.empty());
}
