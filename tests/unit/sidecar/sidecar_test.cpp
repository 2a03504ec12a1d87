#include "base/error.h"
#include "sidecar/sidecar_preview.h"
#include "sidecar/sidecar_source.h"
#include "streaming/loader.h"
#include "support/files/sidecar_place.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <memory>
#include <thread>

#include <csignal>
#include <sys/resource.h>

using namespace volary;
using namespace volary::test;
namespace fs = std::filesystem;
using State = SidecarStatus::State;

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
      REQUIRE(loader.waitForFinished(kPatience));
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
  CHECK(second.pyramid().levels.size() == 3);  // at once
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
  // Whoever began before the change can go on: the old list stays, and its last level can be read.
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
  place.settings.mayBegin = [](std::size_t blocksBegun) { return blocksBegun < 1; };
  // Planes, of which a block holds some: the last ones are wanted.
  const i64vec3 size(520, 520, 700);
  const Opened opened(place, VoxelType::uint8, size, ivec3(520, 520, 1));
  SidecarSource& sidecar = *opened.sidecar;
  opened.native->holdAll();
  const LevelInfo level = sidecar.pyramid({}).levels[1];
  const i64vec3 last = ceilDiv(level.sizeVoxels, i64vec3(level.chunkVoxels)) - std::int64_t{1};
  const ChunkKey wanted{.level = 1, .chunk = last}, other{.level = 1, .chunk = {0, 0, last.z / 2}};
  sidecar.preferChunks({&wanted, 1});
  opened.native->releaseAll();
  waitUntil("the first block is made", [&] { return sidecar.isMade(wanted); });
  CHECK_FALSE(sidecar.isMade(other));
  CHECK(sidecar.pyramid({}).growing);
  CHECK_FALSE(sidecar.readChunk(wanted).bytes.empty());
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
  const ChunkKey corner{};  // which the preview does not need
  one.native->hold(corner);
  one.pyramid();
  one.native->waitForHeld(1);
  other.pyramid();
  waitUntil("the other one has its preview and waits",
            [&] { return other.sidecar->status({}).state == State::waiting && other.sidecar->isMade({.level = 3}); });
  one.native->release(corner);
  CHECK(one.wait().state == State::ready);
  CHECK(other.wait().state == State::ready);
  CHECK(4 * other.native->totalReads() < one.native->totalReads());  // for its preview
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

TEST_CASE("a sidecar that can't be read is kept for another time") {
  const Place place;
  REQUIRE(Opened(place, VoxelType::uint8).wait().state == State::ready);
  const fs::path levels = place.find("levels").front();
  fs::rename(levels, place.folder / "kept");
  // Linux: a regular file that can't be read.
  const bool isWhole = GENERATE(true, false);
  const fs::path unreadable = isWhole ? levels : levels.parent_path() / "levels.part";
  fs::create_symlink("/proc/self/mem", unreadable);
  const SidecarStatus status = Opened(place, VoxelType::uint8).wait();
  CHECK(status.state == State::failed);
  CHECK(status.problem.find("can't be read") != std::string::npos);
  CHECK(fs::is_symlink(unreadable));
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
