#include "base/error.h"
#include "formats/open.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

using namespace volary;

namespace {

template <typename T>
std::vector<T> readChunkOf(Source& source, const ChunkKey& key) {
  const ivec3 chunk = source.pyramid(key.image).levels.at(key.level).chunkVoxels;
  std::vector<T> voxels(static_cast<std::size_t>(chunk.x) * chunk.y * chunk.z);
  DecodeScratch scratch;
  source.decodeChunk(key, source.readChunk(key), std::as_writable_bytes(std::span(voxels)), scratch);
  return voxels;
}

// The voxels of a level, x fastest, put together from its chunks.
template <typename T>
std::vector<T> readLevel(Source& source, ImageId image, int level) {
  const LevelInfo& info = source.pyramid(image).levels.at(level);
  const i64vec3 size = info.sizeVoxels;
  const i64vec3 chunk(info.chunkVoxels);
  std::vector<T> voxels(static_cast<std::size_t>(size.x * size.y * size.z));
  i64vec3 c;
  for (c.z = 0; c.z * chunk.z < size.z; ++c.z)
    for (c.y = 0; c.y * chunk.y < size.y; ++c.y)
      for (c.x = 0; c.x * chunk.x < size.x; ++c.x) {
        const std::vector<T> part = readChunkOf<T>(source, {image, level, c});
        const i64vec3 begin = c * chunk;
        for (std::int64_t z = begin.z; z < std::min(begin.z + chunk.z, size.z); ++z)
          for (std::int64_t y = begin.y; y < std::min(begin.y + chunk.y, size.y); ++y)
            for (std::int64_t x = begin.x; x < std::min(begin.x + chunk.x, size.x); ++x)
              voxels[(z * size.y + y) * size.x + x] =
                  part[((z - begin.z) * chunk.y + y - begin.y) * chunk.x + x - begin.x];
      }
  return voxels;
}

std::uint64_t fnv1a(const std::vector<std::uint16_t>& voxels) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::uint16_t voxel : voxels)
    for (const int byte : {voxel & 0xff, voxel >> 8}) hash = (hash ^ static_cast<unsigned>(byte)) * 0x100000001b3u;
  return hash;
}

void checkRefused(const std::string& location, const std::string& words) {
  INFO(location);
  CHECK_THROWS_MATCHES(openSource(location), Error,
                       Catch::Matchers::MessageMatches(Catch::Matchers::ContainsSubstring(words)));
}

}  // namespace

TEST_CASE("a synthetic ramp is the linear function of the full-resolution voxel, at every level") {
  const auto source = openSource(
      "synthetic:ramp?size=70x40x30&type=float32&slope=1x-0.5x0.25&offset=3&chunk=16x8x32&"
      "factor=2x2x1&setups=2&timepoints=2");
  for (const ImageId image : {ImageId{0, 0}, ImageId{1, 1}}) {
    const std::vector<LevelInfo>& levels = source->pyramid(image).levels;
    REQUIRE(levels.size() == 3);
    CHECK(levels[1].sizeVoxels == i64vec3(35, 20, 30));
    CHECK(levels[2].sizeVoxels == i64vec3(18, 10, 30));
    for (int level = 0; level < 3; ++level) {
      const std::vector<float> voxels = readLevel<float>(*source, image, level);
      const LevelInfo& info = levels[level];
      std::size_t wrong = 0, i = 0;
      for (std::int64_t z = 0; z < info.sizeVoxels.z; ++z)
        for (std::int64_t y = 0; y < info.sizeVoxels.y; ++y)
          for (std::int64_t x = 0; x < info.sizeVoxels.x; ++x) {
            const dvec3 full = info.factor * dvec3(x, y, z) + 0.5 * (info.factor - 1.0);
            wrong += voxels[i++] != 3.0 + full.x - 0.5 * full.y + 0.25 * full.z + image.setup + 10.0 * image.timepoint;
          }
      CHECK(wrong == 0);
    }
  }
}

TEST_CASE("integer fields are rounded to the nearest and cut to the type's range") {
  const auto bytes = openSource("synthetic:ramp?size=32&type=uint8&slope=20x0x0&offset=-30.5");
  const std::vector<std::uint8_t> row = readChunkOf<std::uint8_t>(*bytes, {});
  CHECK(row[0] == 0);
  CHECK(row[2] == 10);  // 9.5
  CHECK(row[14] == 250);
  CHECK(row[15] == 255);
  // Infinity less infinity.
  const auto extreme = openSource("synthetic:ramp?size=32&type=uint8&slope=1e308x-1e308x0");
  CHECK(readChunkOf<std::uint8_t>(*extreme, {})[31 * 32 + 31] == 0);
  const auto words = openSource("synthetic:constant?size=20&value=70000");
  CHECK(readChunkOf<std::uint16_t>(*words, {})[0] == 65535);
}

TEST_CASE("a coarse voxel of the synthetic sphere is the mean of the finer ones") {
  const auto source = openSource("synthetic:sphere?size=64&type=float32&levels=3");
  const std::vector<float> fine = readLevel<float>(*source, {}, 0);
  for (const int factor : {2, 4}) {
    const std::vector<float> coarse = readLevel<float>(*source, {}, factor / 2);
    const int n = 64 / factor;
    double worst = 0.0;
    for (int z = 0; z < n; ++z)
      for (int y = 0; y < n; ++y)
        for (int x = 0; x < n; ++x) {
          double sum = 0.0;
          for (int k = 0; k < factor; ++k)
            for (int j = 0; j < factor; ++j)
              for (int i = 0; i < factor; ++i)
                sum += fine[((z * factor + k) * 64 + y * factor + j) * 64 + x * factor + i];
          worst = std::max(worst, std::abs(sum / (factor * factor * factor) - coarse[(z * n + y) * n + x]));
        }
    CHECK(worst < 1e-3);
  }
}

TEST_CASE("a voxel of the embryo does not depend on the chunks it is read in") {
  const std::string location = "synthetic:embryo?size=100x90x50&levels=2";
  const auto plain = openSource(location);
  const auto odd = openSource(location + "&chunk=20x7x33");
  for (const int setup : {0, 1})
    for (const int level : {0, 1})
      CHECK(readLevel<std::uint16_t>(*plain, {setup, 0}, level) == readLevel<std::uint16_t>(*odd, {setup, 0}, level));
}

TEST_CASE("the embryo has the same bytes on every thread and every run") {
  const auto source = openSource("synthetic:embryo");
  std::vector<std::uint64_t> sums(4);
  {
    std::vector<std::jthread> threads;
    for (std::uint64_t& sum : sums)
      threads.emplace_back([&] { sum = fnv1a(readChunkOf<std::uint16_t>(*source, {{0, 0}, 0, {4, 7, 3}})); });
  }
  const auto again = openSource("synthetic:embryo");
  for (const std::uint64_t sum : sums) CHECK(sum == fnv1a(readChunkOf<std::uint16_t>(*again, {{0, 0}, 0, {4, 7, 3}})));
}

TEST_CASE("the embryo has the same bytes on every machine") {
  // The hashes change when the recipe or the field is changed on purpose, and never with the compiler, its options or
  // the processor.
  const auto source = openSource("synthetic:embryo?timepoints=3");
  CHECK(fnv1a(readChunkOf<std::uint16_t>(*source, {{0, 0}, 0, {4, 7, 3}})) == 0xdea7ffe2fe97cd0au);
  CHECK(fnv1a(readChunkOf<std::uint16_t>(*source, {{1, 0}, 0, {4, 7, 3}})) == 0x8a325adff7b22159u);
  CHECK(fnv1a(readChunkOf<std::uint16_t>(*source, {{0, 2}, 3, {1, 1, 0}})) == 0x4740c8c41cbbb674u);
  CHECK(fnv1a(readChunkOf<std::uint16_t>(*source, {{1, 2}, 4, {0, 0, 0}})) == 0xddc57bd9304fc209u);
}

TEST_CASE("a coarse level of the embryo is close to the mean of the finest") {
  const auto source = openSource("synthetic:embryo?size=256x256x192");
  for (const int setup : {0, 1}) {
    const std::vector<std::uint16_t> fine = readLevel<std::uint16_t>(*source, {setup, 0}, 0);
    for (int level = 1; level <= 3; ++level) {
      const int f = 1 << level;
      const ivec3 n(256 / f, 256 / f, 192 / f);
      const std::vector<std::uint16_t> coarse = readLevel<std::uint16_t>(*source, {setup, 0}, level);
      double difference = 0.0, spread = 0.0, bias = 0.0, mean = 0.0;
      std::vector<double> means;
      for (int z = 0; z < n.z; ++z)
        for (int y = 0; y < n.y; ++y)
          for (int x = 0; x < n.x; ++x) {
            double sum = 0.0;
            for (int k = 0; k < f; ++k)
              for (int j = 0; j < f; ++j)
                for (int i = 0; i < f; ++i) sum += fine[((z * f + k) * 256 + y * f + j) * 256 + x * f + i];
            means.push_back(sum / (f * f * f));
            mean += means.back();
          }
      mean /= static_cast<double>(means.size());
      for (std::size_t i = 0; i < means.size(); ++i) {
        difference += (coarse[i] - means[i]) * (coarse[i] - means[i]);
        spread += (means[i] - mean) * (means[i] - mean);
        bias += coarse[i] - means[i];
      }
      const double relative = std::sqrt(difference / spread);
      bias /= static_cast<double>(means.size()) * (mean - 100.0);
      INFO("setup " << setup << " level " << level << ": rms " << relative << " of the spread, bias " << bias);
      CHECK(relative < 0.25);
      CHECK(std::abs(bias) < 0.1);
    }
  }
}

TEST_CASE("an embryo of 10^18 voxels opens and gives a chunk at once") {
  const auto source = openSource("synthetic:embryo?size=1048576x1048576x1048576");
  const std::vector<LevelInfo>& levels = source->pyramid({}).levels;
  CHECK(levels.size() == 16);
  CHECK(levels.back().sizeVoxels == i64vec3(32));
  for (const int level : {0, 7, 15}) {
    const i64vec3 middle = levels[level].sizeVoxels * std::int64_t{1} / std::int64_t{3} / std::int64_t{32};
    const std::vector<std::uint16_t> voxels = readChunkOf<std::uint16_t>(*source, {{0, 0}, level, middle});
    double sum = 0.0;
    for (const std::uint16_t voxel : voxels) sum += voxel;
    CHECK(sum / static_cast<double>(voxels.size()) > 110.0);  // tissue, not the dark
  }
}

TEST_CASE("a synthetic location that can't be understood is one sentence") {
  checkRefused("synthetic:egg", "there is no synthetic field 'egg'");
  checkRefused("synthetic:ramp?colour=red", "unknown key 'colour'; synthetic:ramp knows size");
  checkRefused("synthetic:ramp?size", "not of the form key=value");
  checkRefused("synthetic:ramp?size=8&size=9", "given twice");
  for (const char* size : {"0", "-4", "8x8", "8x8x8x8", "big", "", "9999999999999"})
    checkRefused(std::string("synthetic:ramp?size=") + size, "size must be three integers");
  checkRefused("synthetic:ramp?size=1000000000", "more than 9 * 10^18 voxels");
  checkRefused("synthetic:ramp?size=8&setups=100000&timepoints=100000", "more than 1000000 images");
  checkRefused("synthetic:ramp?type=int12", "type must be uint8, uint16 or float32");
  checkRefused("synthetic:ramp?slope=nan", "slope must be three numbers");
  checkRefused("synthetic:embryo?type=uint8", "unknown key 'type'");
  checkRefused("synthetic:embryo?voxelsize=0", "voxelsize must be");
  checkRefused("synthetic:sphere?radius=-1", "radius must not be negative");
  checkRefused("synthetic:embryo?factor=1&levels=3", "factor must be more than 1");
}
