#include "base/error.h"
#include "sidecar/sidecar_source.h"
#include "streaming/read_box.h"
#include "support/fake_source.h"
#include "support/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <thread>

#include <csignal>
#include <sys/resource.h>

using namespace volary;
using namespace volary::test;
namespace fs = std::filesystem;

namespace {

const i64vec3 kSize(600, 45, 37);
constexpr std::uint64_t kMostOverviewVoxels = 1000;

/// A folder for sidecars, and a file that the sources below say they come from.
struct Place {
  Place() : file(folder / "volume.raw") {
    writeText(file, "voxels");
    settings.root = folder / "cache";
    settings.mostOverviewVoxels = kMostOverviewVoxels;
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
  NamedSource(const fs::path& file, VoxelType type, const i64vec3& size = kSize)
      : FakeSource(type, size, {dvec3(1)}, ivec3(32, 16, 8)), named_(FakeSource::dataset()) {
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

TEST_CASE("the file's own levels are there while the others are built") {
  const Place place;
  Opened opened(place, VoxelType::uint8);
  opened.native->holdAll();
  CHECK(opened.pyramid().levels.size() == 1);
  opened.native->waitForHeld(1);
  CHECK(opened.sidecar->status({}).state == State::building);
  CHECK(opened.sidecar->status({}).fraction < 1.0);
  opened.native->releaseAll();
  opened.wait();
  CHECK(opened.sidecar->status({}).fraction == 1.0);
  CHECK(opened.pyramid().levels.size() == 3);
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
  one.native->holdAll();
  other.native->holdAll();
  one.pyramid();
  one.native->waitForHeld(1);
  other.pyramid();
  while (other.sidecar->status({}).state != State::waiting) std::this_thread::yield();
  one.native->releaseAll();
  CHECK(one.wait().state == State::ready);
  CHECK(other.wait().state == State::ready);
  CHECK(other.native->totalReads() == 0);
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

TEST_CASE("what was written before a crash is found again, and what is torn is not") {
  const Place place;
  const fs::path part = place.folder / "levels.part";
  const auto chunkOf = [](int i) {
    return EncodedChunk{1, {i, 2, 3}, std::vector<std::byte>(std::size_t(100 + i), std::byte(i))};
  };
  {
    LevelFileWriter file(part, "these levels");
    file.append(std::vector{chunkOf(0), chunkOf(1)});
  }
  const auto whole = fs::file_size(part);
  {
    LevelFileWriter file(part, "these levels");
    file.append(std::vector{chunkOf(2)});
  }
  const auto more = fs::file_size(part);
  for (auto size = whole; size < more; ++size) {
    fs::resize_file(part, size);
    LevelFileWriter file(part, "these levels");
    CHECK((file.holds(1, {0, 2, 3}) && file.holds(1, {1, 2, 3}) && !file.holds(1, {2, 2, 3})));
    file.append(std::vector{chunkOf(2)});
    REQUIRE(file.holds(1, {2, 2, 3}));
  }
  {
    LevelFileWriter file(part, "these levels");
    file.append(std::vector{chunkOf(3)});
    file.finish(place.folder / "levels");
  }
  const auto levels = LevelFile::open(place.folder / "levels", "these levels");
  REQUIRE(levels);
  CHECK(levels->chunkCount() == 4);
  for (int i = 0; i < 4; ++i) CHECK(levels->read(1, {i, 2, 3}).bytes == chunkOf(i).bytes);
  CHECK_THROWS_AS(levels->read(2, {0, 2, 3}), Error);
  CHECK_FALSE(LevelFile::open(place.folder / "levels", "other levels"));
  // Another description begins anew.
  fs::copy_file(place.folder / "levels", part);
  CHECK_FALSE(LevelFileWriter(part, "other levels").holds(1, {0, 2, 3}));
}

TEST_CASE("a damaged file of levels is refused, or the chunk that is damaged") {
  const Place place;
  const fs::path path = place.folder / "levels";
  {
    LevelFileWriter file(place.folder / "part", "d");
    file.append(std::vector{EncodedChunk{1, {0, 0, 0}, std::vector<std::byte>(50, std::byte(7))}});
    file.finish(path);
  }
  const std::string bytes = readAll(path);
  const auto reads = [&](const std::string& content) {
    writeText(path, content);
    const auto levels = LevelFile::open(path, "d");
    if (!levels) return false;
    try {
      return levels->read(1, {0, 0, 0}).bytes.size() == 50;
    } catch (const Error&) {
      return false;
    }
  };
  REQUIRE(reads(bytes));
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    INFO("the first " << size << " bytes");
    CHECK_FALSE(reads(bytes.substr(0, size)));
  }
  const std::size_t record = 8 + 4 + 4 + 1;   // the first record's place: nothing reads it but whoever resumes
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at >= record && at < record + sizeof(LevelRecord)) continue;
    std::string changed = bytes;
    changed[at] = static_cast<char>(changed[at] ^ 0x10);
    INFO("byte " << at << " is wrong");
    CHECK_FALSE(reads(changed));
  }
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
