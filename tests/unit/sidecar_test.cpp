#include "base/error.h"
#include "paging/pager.h"
#include "sidecar/sidecar_preview.h"
#include "sidecar/sidecar_source.h"
#include "streaming/loader.h"
#include "streaming/read_box.h"
#include "support/fake_source.h"
#include "support/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <thread>

#include <csignal>
#include <sys/resource.h>

using namespace volary;
using namespace volary::test;
namespace fs = std::filesystem;

namespace {

const i64vec3 kSize(600, 45, 37);
constexpr std::uint64_t kOverviewVoxels = 1000;

/// A folder for sidecars, and a file that the sources below say they come from.
struct Place {
  Place() : file(folder / "volume.raw") {
    writeText(file, "voxels");
    settings.root = folder / "cache";
    settings.mostOverviewVoxels = kOverviewVoxels;
    settings.niceness = 0;
  }

  /// The files of this name in the sidecars' folders.
  std::vector<fs::path> find(const std::string& name) const {
    std::vector<fs::path> found;
    std::error_code error;
    for (fs::recursive_directory_iterator at(settings.root, error), end; !error && at != end; at.increment(error))
      if (at->path().filename() == name) found.push_back(at->path());
    return found;
  }

  TemporaryFolder folder;
  fs::path file;
  SidecarSettings settings;
};

/// Voxels without a file, with the name of one.
class NamedSource final : public FakeSource {
 public:
  NamedSource(const fs::path& file, VoxelType type, const i64vec3& size = kSize, const ivec3& chunk = {32, 16, 8})
      : FakeSource(type, size, {dvec3(1)}, chunk), named_(FakeSource::dataset()) {
    named_.file = file;
  }
  const Dataset& dataset() const override { return named_; }

 private:
  Dataset named_;
};

/// A sidecar's source, and the one that it stands before.
struct Opened {
  Opened(const Place& place, VoxelType type, const i64vec3& size = kSize) {
    auto source = std::make_unique<NamedSource>(place.file, type, size);
    native = source.get();
    sidecar = std::make_unique<SidecarSource>(std::move(source), place.settings);
  }
  const ImagePyramid& pyramid() { return sidecar->pyramid({}); }
  SidecarStatus wait() { return sidecar->waitFor({}); }

  NamedSource* native;
  std::unique_ptr<SidecarSource> sidecar;
};

using State = SidecarStatus::State;

template <typename T>
std::vector<T> readLevel(Source& source, int level) {
  const i64vec3 size = source.pyramid({}).levels[std::size_t(level)].sizeVoxels;
  const std::vector<std::byte> bytes = readBox(source, {}, level, {i64vec3(0), size}, 2);
  std::vector<T> voxels(bytes.size() / sizeof(T));
  std::memcpy(voxels.data(), bytes.data(), bytes.size());
  return voxels;
}

/// The mean of all voxels of level 0 behind one voxel, rounded half up.
double meanOf(const i64vec3& voxel, std::int64_t factor) {
  double sum = 0.0;
  int count = 0;
  for (std::int64_t z = voxel.z * factor; z < std::min((voxel.z + 1) * factor, kSize.z); ++z)
    for (std::int64_t y = voxel.y * factor; y < std::min((voxel.y + 1) * factor, kSize.y); ++y)
      for (std::int64_t x = voxel.x * factor; x < std::min((voxel.x + 1) * factor, kSize.x); ++x, ++count)
        sum += FakeSource::value(0, {x, y, z});
  return sum / count;
}

template <typename T>
void checkMeans(Source& source, int level, std::int64_t factor) {
  const std::vector<T> voxels = readLevel<T>(source, level);
  const i64vec3 size = ceilDiv(kSize, i64vec3(factor));
  REQUIRE(source.pyramid({}).levels[std::size_t(level)].sizeVoxels == size);
  REQUIRE(source.pyramid({}).levels[std::size_t(level)].factor == dvec3(double(factor)));
  std::size_t wrong = 0, at = 0;
  for (std::int64_t z = 0; z < size.z; ++z)
    for (std::int64_t y = 0; y < size.y; ++y)
      for (std::int64_t x = 0; x < size.x; ++x, ++at) {
        const double mean = meanOf({x, y, z}, factor);
        wrong += voxels[at] != static_cast<T>(std::is_integral_v<T> ? std::floor(mean + 0.5) : mean);
      }
  CHECK(wrong == 0);
}

}  // namespace

TEST_CASE("a sidecar's levels are exact means, whatever the voxel type") {
  const auto check = []<typename T>(VoxelType type, T) {
    const Place place;
    Opened opened(place, type);
    REQUIRE(opened.wait().state == State::ready);
    REQUIRE(opened.pyramid().levels.size() == 3);
    checkMeans<T>(*opened.sidecar, 1, 2);
    checkMeans<T>(*opened.sidecar, 2, 4);
    // The file's own level is still the first.
    CHECK(readLevel<T>(*opened.sidecar, 0) == readLevel<T>(*opened.native, 0));
  };
  check(VoxelType::uint16, std::uint16_t());
  check(VoxelType::int8, std::int8_t());
  check(VoxelType::float32, float());
}

TEST_CASE("what a sidecar knows of its bricks is what the loader finds in them") {
  for (const VoxelType type : {VoxelType::uint8, VoxelType::int16, VoxelType::float32}) {
    const Place place;
    Opened opened(place, type);
    REQUIRE(opened.wait().state == State::ready);
    std::vector<BrickKey> bricks = allBricks(opened.pyramid(), {});
    std::erase_if(bricks, [](const BrickKey& key) { return key.level == 0; });
    Loader loader(*opened.sidecar, {.threads = 2, .niceness = 0});
    loader.replaceRequests(bricks);
    for (std::size_t left = bricks.size(); left > 0;) {
      loader.waitForFinished(std::chrono::milliseconds(100));
      for (const LoadedBrick& brick : loader.takeFinished(left)) {
        REQUIRE(brick.error.empty());
        const auto known = opened.sidecar->findStatistics(brick.key);
        REQUIRE(known);
        CHECK(std::memcmp(&*known, &brick.statistics, sizeof(BrickStatistics)) == 0);
        --left;
      }
    }
    CHECK_FALSE(opened.sidecar->findStatistics({.level = 0}));
  }
}

TEST_CASE("a sidecar that is there needs nothing of the file") {
  const Place place;
  Opened first(place, VoxelType::uint16);
  first.wait();
  const auto expected = readLevel<std::uint16_t>(*first.sidecar, 2);
  CHECK(place.find("levels").size() == 1);
  CHECK(place.find("levels.part").empty());
  CHECK(place.find("sums").empty());

  Opened second(place, VoxelType::uint16);
  CHECK(second.pyramid().levels.size() == 3);   // at once
  CHECK(second.sidecar->status({}).state == State::ready);
  CHECK(readLevel<std::uint16_t>(*second.sidecar, 2) == expected);
  CHECK(second.native->totalReads() == 0);
}

TEST_CASE("while the levels are built they are announced, and a preview stands for what is not made yet") {
  const Place place;
  Opened opened(place, VoxelType::uint8);
  opened.native->holdAll();
  const ImagePyramid& growing = opened.pyramid();
  REQUIRE(growing.levels.size() == 4);
  CHECK((growing.growing && growing.lastingLevels() == 3));
  CHECK(opened.sidecar->revision() > 0);
  opened.native->waitForHeld(1);
  CHECK(opened.sidecar->status({}).state == State::building);
  CHECK(opened.sidecar->status({}).fraction < 1.0);
  CHECK(opened.sidecar->workBytes() > 0);
  CHECK(opened.sidecar->isMade({.level = 0}));
  for (const int level : {1, 2, 3}) CHECK_FALSE(opened.sidecar->isMade({.level = level}));
  CHECK_THROWS_AS(opened.sidecar->readChunk({.level = 1}), Error);

  opened.native->releaseAll();
  opened.wait();
  CHECK(opened.sidecar->status({}).fraction == 1.0);
  CHECK(opened.sidecar->workBytes() == 0);
  const ImagePyramid& whole = opened.pyramid();
  CHECK((whole.levels.size() == 3 && !whole.growing));
  for (const int level : {0, 1, 2}) CHECK(opened.sidecar->isMade({.level = level}));
  // Who began before the change can go on: the old list stays, and its last level can be read.
  CHECK(growing.levels.size() == 4);
  DecodeScratch scratch;
  const LevelInfo& preview = growing.levels.back();
  REQUIRE(i64vec3(preview.chunkVoxels) == preview.sizeVoxels);
  std::vector<std::byte> voxels(std::size_t(preview.sizeVoxels.x * preview.sizeVoxels.y * preview.sizeVoxels.z));
  opened.sidecar->decodeChunk({.level = 3}, opened.sidecar->readChunk({.level = 3}), voxels, scratch);
  const i64vec3 factor(preview.factor);
  std::size_t at = 0, wrong = 0;
  for (std::int64_t z = 0; z < preview.sizeVoxels.z; ++z)
    for (std::int64_t y = 0; y < preview.sizeVoxels.y; ++y)
      for (std::int64_t x = 0; x < preview.sizeVoxels.x; ++x) {
        const i64vec3 middle = glm::min(i64vec3(x, y, z) * factor + factor / std::int64_t{2}, kSize - std::int64_t{1});
        wrong += int(voxels[at++]) != FakeSource::value(0, middle);
      }
  CHECK(wrong == 0);
}

TEST_CASE("a preview costs a sixteenth of the image at most, where there is more than one plane to choose from") {
  const Place place;
  const i64vec3 size(600, 45, 80);
  for (const ivec3& chunk : {ivec3(600, 45, 1), ivec3(600, 5, 1), ivec3(64, 45, 2)}) {
    auto source = std::make_unique<NamedSource>(place.file, VoxelType::uint8, size, chunk);
    const auto job = planSidecar(*source, {}, kOverviewVoxels);
    REQUIRE(job);
    const LevelInfo preview = planPreview(*job);
    CHECK(glm::all(glm::greaterThanEqual(preview.factor, job->levels.back().factor)));
    CHECK(glm::all(glm::lessThanEqual(preview.sizeVoxels, i64vec3(128, 128, 64))));
    makePreview(*source, *job, preview, 2, false);
    const std::int64_t decoded = source->totalDecodes() * std::int64_t(chunk.x * chunk.y * chunk.z);
    CHECK(decoded <= size.x * size.y * size.z / 16);
    CHECK(preview.sizeVoxels.z > 1);
  }
}

TEST_CASE("chunks can be read as soon as they are made, and those that are preferred are made first") {
  Place place;
  place.settings.threads = 1;
  // Planes, of which a block holds some: the last ones are wanted.
  const i64vec3 size(520, 520, 700);
  auto source = std::make_unique<NamedSource>(place.file, VoxelType::uint8, size, ivec3(520, 520, 1));
  NamedSource* native = source.get();
  SidecarSource sidecar(std::move(source), place.settings);
  native->holdAll();
  const LevelInfo level = sidecar.pyramid({}).levels[1];
  const i64vec3 last = ceilDiv(level.sizeVoxels, i64vec3(level.chunkVoxels)) - std::int64_t{1};
  const ChunkKey wanted{.level = 1, .chunk = last}, other{.level = 1, .chunk = {0, 0, last.z / 2}};
  sidecar.preferChunks({&wanted, 1});
  native->releaseAll();
  while (!sidecar.isMade(wanted)) std::this_thread::yield();
  CHECK_FALSE(sidecar.isMade(other));
  CHECK(sidecar.pyramid({}).growing);
  CHECK_FALSE(sidecar.readChunk(wanted).bytes.empty());
}

TEST_CASE("a plane that is looked at costs the planes that its layers stand for, and looks as it will in the end") {
  Place place;
  place.settings.threads = 1;
  Opened opened(place, VoxelType::uint16);
  const ChunkKey corner{};   // which neither the preview nor the plane is made of: the build hangs there
  opened.native->hold(corner);
  const ImagePyramid& growing = opened.pyramid();
  const LevelInfo& level = growing.levels[1];
  while (!opened.sidecar->isMade({.level = 3})) std::this_thread::yield();
  opened.native->waitForHeld(1);
  const int before = opened.native->totalDecodes();

  // Layers 14 and 15 of level 1: planes 28 to 31, in chunks of 32 x 16 x 8.
  const BrickKey brick{.level = 1, .brick = {2, 0, 0}}, other{.level = 1, .brick = {2, 0, 1}};
  CHECK(opened.sidecar->standIn(brick) == 0);
  const PlaneInView plane{.level = 1, .begin = {0, 0, 14}, .end = {level.sizeVoxels.x, level.sizeVoxels.y, 16}};
  opened.sidecar->preferPlanes({&plane, 1});
  while (opened.sidecar->standIn(brick) == 0) std::this_thread::yield();
  CHECK(opened.sidecar->standIn(other) == 0);
  CHECK(opened.native->totalDecodes() - before <= 19 * 3);
  CHECK(opened.sidecar->workBytes() > buildBytes(*planSidecar(*opened.native, {}, kOverviewVoxels), place.settings));

  std::size_t wrong = 0, rough = 0;
  DecodeScratch scratch;
  std::vector<std::uint16_t> voxels(std::size_t(level.chunkVoxels.x * level.chunkVoxels.y * level.chunkVoxels.z));
  for (std::int64_t cx = 0; cx < ceilDiv(level.sizeVoxels.x, std::int64_t{level.chunkVoxels.x}); ++cx) {
    const ChunkKey key{.level = 1, .chunk = {cx, 0, 0}};
    CHECK_FALSE(opened.sidecar->isMade(key));
    opened.sidecar->decodeChunk(key, opened.sidecar->readChunk(key), std::as_writable_bytes(std::span(voxels)), scratch);
    for (std::int64_t z = 0; z < level.sizeVoxels.z && z < level.chunkVoxels.z; ++z)
      for (std::int64_t y = 0; y < level.sizeVoxels.y; ++y)
        for (std::int64_t x = 0; x < level.chunkVoxels.x && cx * level.chunkVoxels.x + x < level.sizeVoxels.x; ++x) {
          const auto voxel = voxels[std::size_t((z * level.chunkVoxels.y + y) * level.chunkVoxels.x + x)];
          const bool differs = voxel != static_cast<std::uint16_t>(std::floor(meanOf({cx * level.chunkVoxels.x + x, y, z}, 2) + 0.5));
          (z == 14 || z == 15 ? wrong : rough) += differs;
        }
  }
  CHECK(wrong == 0);
  CHECK(rough > 0);

  // Looked at no more, it is forgotten; made, it is as any level.
  opened.sidecar->preferPlanes({});
  CHECK(opened.sidecar->standIn(brick) == 0);
  opened.native->release(corner);
  REQUIRE(opened.wait().state == State::ready);
  CHECK(opened.sidecar->standIn(brick) == 0);
  CHECK(opened.sidecar->workBytes() == 0);
  checkMeans<std::uint16_t>(*opened.sidecar, 1, 2);
}

TEST_CASE("of a stack an XY plane is on the screen when its layers' planes were read, and gives way to the levels") {
  Place place;
  place.settings.threads = 1;
  const i64vec3 size(520, 520, 700);
  auto source = std::make_unique<NamedSource>(place.file, VoxelType::uint8, size, ivec3(520, 520, 1));
  NamedSource* native = source.get();
  SidecarSource sidecar(std::move(source), place.settings);
  // The first plane of each block, where the build hangs; the preview has none of them.
  const std::int64_t depth = planSidecar(*native, {}, kOverviewVoxels)->stages[0].blockVoxels.z;
  for (std::int64_t z = 0; z < size.z; z += depth) native->hold({.chunk = {0, 0, z}});
  const ImagePyramid& growing = sidecar.pyramid({});
  const int previewLevel = static_cast<int>(growing.levels.size()) - 1;
  while (!sidecar.isMade({.level = previewLevel})) std::this_thread::yield();

  // Plane 300, as level 1 shows it.
  Pager pager(sidecar, {.threads = 1, .niceness = 0}, 400);
  WantedSet wanted{.levelCount = previewLevel + 1};
  for (const BrickKey& key : allBricks(growing, {}))
    if (key.level == previewLevel || (key.level == 1 && key.brick.z == 300 / 2 / kBrickPayload))
      wanted.bricks.push_back({.key = key, .leaf = key.level == 1, .coarsest = key.level == previewLevel});
  wanted.planes = {{.image = {}, .z = 300.5}};
  const std::size_t bricks = wanted.bricks.size();
  REQUIRE(bricks > 100);
  const int before = native->totalDecodes();
  pager.setWanted(wanted);
  const auto update = [&]() -> const PagerFrame& {
    pager.waitForBrick(std::chrono::milliseconds(10));
    return pager.update(100);
  };
  while (update().resident.size() < bricks) {
  }
  CHECK(native->totalDecodes() - before == 4);   // two layers, each of two planes
  CHECK(update().missing == bricks - 32);        // the levels are still to be made

  native->releaseAll();
  REQUIRE(sidecar.waitFor({}).state == State::ready);
  std::map<std::uint32_t, std::vector<std::byte>> slots;
  while (true) {
    const PagerFrame& frame = update();
    for (const BrickUpload& upload : frame.uploads) slots[upload.slot] = upload.voxels;
    if (frame.missing == 0) break;
  }
  Loader loader(sidecar, {.threads = 1, .niceness = 0});
  const BrickKey middle{.level = 1, .brick = {4, 4, 300 / 2 / kBrickPayload}};
  loader.replaceRequests({middle});
  REQUIRE(loader.waitForFinished(std::chrono::hours(1)));
  CHECK(slots[*pager.cache().find(middle)] == loader.takeFinished(1).front().voxels);
}

TEST_CASE("a plane that can't be read is left to the levels, which tell of it") {
  Place place;
  place.settings.threads = 1;
  Opened opened(place, VoxelType::uint8);
  opened.native->failRead({{}, 0, {3, 1, 3}}, std::make_exception_ptr(Error("damaged")));
  const ChunkKey corner{};
  opened.native->hold(corner);
  opened.pyramid();
  while (!opened.sidecar->isMade({.level = 3})) {
    if (opened.sidecar->status({}).state == State::failed) break;   // the preview may need that chunk
    std::this_thread::yield();
  }
  const PlaneInView plane{.level = 1, .begin = {0, 0, 14}, .end = {300, 23, 16}};
  opened.sidecar->preferPlanes({&plane, 1});
  opened.native->release(corner);
  const SidecarStatus status = opened.wait();
  CHECK(status.state == State::failed);
  CHECK(status.problem.find("damaged") != std::string::npos);
}

TEST_CASE("an image with a small level gets no sidecar") {
  const Place place;
  Opened opened(place, VoxelType::uint8, {10, 10, 10});
  CHECK(opened.wait().state == State::none);
  CHECK(opened.pyramid().levels.size() == 1);
  CHECK_FALSE(fs::exists(place.settings.root));
}

TEST_CASE("a file that was changed gets another sidecar") {
  const Place place;
  Opened(place, VoxelType::uint8).wait();
  writeText(place.file, "other voxels");
  Opened changed(place, VoxelType::uint8);
  CHECK(changed.wait().state == State::ready);
  CHECK(changed.native->totalReads() > 0);
  CHECK(place.find("levels").size() == 2);

  // The same size, at another time.
  fs::last_write_time(place.file, fs::last_write_time(place.file) + std::chrono::milliseconds(1));
  Opened touched(place, VoxelType::uint8);
  touched.wait();
  CHECK(touched.native->totalReads() > 0);
}

TEST_CASE("two that want the same sidecar build it once") {
  const Place place;
  Opened one(place, VoxelType::uint8), other(place, VoxelType::uint8);
  const ChunkKey corner{};   // which the preview is not made of
  one.native->hold(corner);
  one.pyramid();
  one.native->waitForHeld(1);
  other.pyramid();
  while (other.sidecar->status({}).state != State::waiting || !other.sidecar->isMade({.level = 3})) std::this_thread::yield();
  one.native->release(corner);
  CHECK(one.wait().state == State::ready);
  CHECK(other.wait().state == State::ready);
  CHECK(4 * other.native->totalReads() < one.native->totalReads());   // for its preview
  CHECK(readLevel<std::uint8_t>(*other.sidecar, 2) == readLevel<std::uint8_t>(*one.sidecar, 2));
}

TEST_CASE("without a folder that can be written the file is shown as it is") {
  const Place place;
  writeText(place.folder / "cache", "no folder");
  Opened opened(place, VoxelType::uint8);
  const SidecarStatus status = opened.wait();
  CHECK(status.state == State::failed);
  CHECK(status.problem.find("cache") != std::string::npos);
  CHECK(opened.pyramid().levels.size() == 1);
}

TEST_CASE("a file that can't be read to its end gets no sidecar, and leaves nothing behind") {
  const Place place;
  Opened opened(place, VoxelType::uint8);
  opened.native->failDecode({{}, 0, {3, 1, 2}}, std::make_exception_ptr(Error("damaged")));
  const SidecarStatus status = opened.wait();
  CHECK(status.state == State::failed);
  CHECK(status.problem.find("damaged") != std::string::npos);
  CHECK(place.find("levels").empty());
  CHECK(place.find("levels.part").empty());
  CHECK(opened.pyramid().levels.size() == 1);
}

TEST_CASE("a sidecar that would be larger than all may be is not begun") {
  Place place;
  place.settings.maxBytes = 1000;
  Opened opened(place, VoxelType::uint8);
  CHECK(opened.wait().state == State::failed);
  CHECK(opened.native->totalReads() == 0);
}

TEST_CASE("the sidecars that were used longest ago make room") {
  const Place place;
  const auto make = [&](const std::string& description, int hoursAgo) {
    SidecarFolder folder(place.settings.root, description);
    REQUIRE(folder.lock());
    writeText(folder.levels(), std::string(1000, 'x'));
    fs::last_write_time(folder.levels(), fs::file_time_type::clock::now() - std::chrono::hours(hoursAgo));
    return folder.levels();
  };
  const fs::path old = make("old", 9), older = make("older", 20), recent = make("new", 1), busy = make("busy", 30);
  SidecarFolder locked(place.settings.root, "busy"), kept(place.settings.root, "kept");
  REQUIRE(locked.lock());
  dropOldSidecars(place.settings.root, 3500, kept);
  CHECK_FALSE(fs::exists(older));
  CHECK((fs::exists(old) && fs::exists(recent) && fs::exists(busy)));
  dropOldSidecars(place.settings.root, 0, SidecarFolder(place.settings.root, "new"));
  CHECK_FALSE(fs::exists(old));
  CHECK((fs::exists(recent) && fs::exists(busy)));
}

TEST_CASE("building can be stopped, and goes on where it was") {
  const Place place;
  {
    Opened opened(place, VoxelType::uint8);
    opened.native->holdAll();
    opened.pyramid();
    opened.native->waitForHeld(1);
    std::jthread release([&] { opened.native->releaseAll(); });
  }
  Opened again(place, VoxelType::uint8);
  CHECK(again.wait().state == State::ready);
  checkMeans<std::uint8_t>(*again.sidecar, 2, 4);
}

TEST_CASE("a disk that fills up while a sidecar is built ends that, and gets its room back") {
  const Place place;
  Opened opened(place, VoxelType::uint16);
  rlimit before{};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  rlimit small = before;
  small.rlim_cur = 100000;
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const SidecarStatus status = opened.wait();
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  std::signal(SIGXFSZ, handler);
  CHECK(status.state == State::failed);
  CHECK(status.problem.find("File too large") != std::string::npos);
  CHECK(place.find("levels.part").empty());
  CHECK(place.find("sums").empty());
  CHECK(opened.pyramid().levels.size() == 1);
}
