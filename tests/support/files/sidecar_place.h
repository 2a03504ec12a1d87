#pragma once

#include "sidecar/sidecar_source.h"
#include "streaming/read_box.h"
#include "support/fakes/fake_source.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

/// Sidecars of volumes that are computed, in folders of the test's own.
namespace volary::test {

inline const i64vec3 kSize(600, 45, 37);
inline constexpr std::uint64_t kOverviewVoxels = 1000;

/// A folder for sidecars, and a file that the sources below say they come from.
struct Place {
  Place() : file(folder / "volume.raw") {
    writeText(file, "voxels");
    settings.root = folder / "cache";
    settings.mostOverviewVoxels = kOverviewVoxels;
    settings.niceness = 0;
  }

  /// The files of this name in the sidecars' folders.
  std::vector<std::filesystem::path> find(const std::string& name) const {
    std::vector<std::filesystem::path> found;
    std::error_code error;
    for (std::filesystem::recursive_directory_iterator at(settings.root, error), end; !error && at != end;
         at.increment(error))
      if (at->path().filename() == name) found.push_back(at->path());
    return found;
  }

  TemporaryFolder folder;
  std::filesystem::path file;
  SidecarSettings settings;
};

/// Voxels without a file, with the name of one.
class NamedSource final : public FakeSource {
 public:
  NamedSource(const std::filesystem::path& file, VoxelType type, const i64vec3& size = kSize,
              const ivec3& chunk = {32, 16, 8})
      : FakeSource(type, size, {dvec3(1)}, chunk), file_(file), named_(FakeSource::dataset()) {
    named_.location = file.string();
  }
  const Dataset& dataset() const override { return named_; }
  std::vector<Location> files() override { return {file_}; }

 private:
  std::filesystem::path file_;
  Dataset named_;
};

/// A sidecar's source, and the source behind it.
struct Opened {
  Opened(const Place& place, VoxelType type, const i64vec3& size = kSize, const ivec3& chunk = {32, 16, 8}) {
    auto source = std::make_unique<NamedSource>(place.file, type, size, chunk);
    native = source.get();
    sidecar = std::make_unique<SidecarSource>(std::move(source), place.settings);
  }
  const ImagePyramid& pyramid() { return sidecar->pyramid({}); }
  SidecarStatus wait() { return sidecar->waitFor({}); }

  NamedSource* native;
  std::unique_ptr<SidecarSource> sidecar;
};

template <typename T>
std::vector<T> readLevel(Source& source, int level) {
  const i64vec3 size = source.pyramid({}).levels[std::size_t(level)].sizeVoxels;
  const std::vector<std::byte> bytes = readBox(source, {}, level, {i64vec3(0), size}, 2);
  std::vector<T> voxels(bytes.size() / sizeof(T));
  std::memcpy(voxels.data(), bytes.data(), bytes.size());
  return voxels;
}

/// The mean of all voxels of level 0 behind one voxel, rounded half up.
inline double meanOf(const i64vec3& voxel, std::int64_t factor) {
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

}  // namespace volary::test
