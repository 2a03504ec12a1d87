#include "formats/shared/chunk_reads.h"
#include "base/error.h"
#include "formats/open.h"
#include "support/fakes/fake_source.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <filesystem>
#include <random>
#include <string>

using namespace volary;

namespace {

/// Keeps what a source gives, and counts how often.
struct Collector final : ChunkSink {
  struct Taken {
    int begun = 0;
    int times = 0;
    RawChunk raw;
    std::string failure;
  };

  explicit Collector(std::size_t count) : taken(count) {}

  void begin(std::size_t index) override { ++taken.at(index).begun; }
  std::span<std::byte> buffer(std::size_t size) override {
    memory.assign(size, std::byte{0xcd});
    return memory;
  }
  Next take(std::size_t index, const RawView& raw) override {
    Taken& chunk = taken.at(index);
    ++chunk.times;
    chunk.raw = {.bytes = {raw.bytes.begin(), raw.bytes.end()}, .filterMask = raw.filterMask, .stored = raw.stored};
    return count();
  }
  Next fail(std::size_t index, std::exception_ptr failure) override {
    ++taken.at(index).times;
    try {
      std::rethrow_exception(failure);
    } catch (const std::exception& error) {
      taken[index].failure = error.what();
    }
    return count();
  }
  Next count() { return ++calls == stopAfter ? Next::stop : Next::goOn; }

  std::vector<Taken> taken;
  std::vector<std::byte> memory;
  std::size_t calls = 0;
  std::size_t stopAfter = 0;
};

std::vector<ChunkKey> allChunks(Source& source, ImageId image, int level) {
  const LevelInfo& info = source.pyramid(image).levels.at(level);
  const i64vec3 grid = ceilDiv(info.sizeVoxels, i64vec3(info.chunkVoxels));
  std::vector<ChunkKey> keys;
  for (std::int64_t i = 0; i < grid.x * grid.y * grid.z; ++i)
    keys.push_back({.image = image, .level = level, .chunk = {i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y)}});
  return keys;
}

std::vector<std::byte> decode(Source& source, const ChunkKey& key, const RawChunk& raw) {
  const ImagePyramid& pyramid = source.pyramid(key.image);
  const i64vec3 chunk(pyramid.levels[static_cast<std::size_t>(key.level)].chunkVoxels);
  std::vector<std::byte> voxels(static_cast<std::size_t>(chunk.x * chunk.y * chunk.z) * voxelBytes(pyramid.voxelType));
  DecodeScratch scratch;
  source.decodeChunk(key, raw, voxels, scratch);
  return voxels;
}

/// Checks that all chunks of a level, in batches of any size and order, are what readChunk gives, and that few more
/// bytes are read than they have. Returns how many calls that took.
std::uint64_t checkTogetherIsAsAlone(Source& source, ImageId image, int level, std::mt19937& random) {
  std::vector<ChunkKey> keys = allChunks(source, image, level);
  std::shuffle(keys.begin(), keys.end(), random);
  std::uint64_t calls = 0;
  for (std::size_t begin = 0; begin < keys.size();) {
    const std::span<const ChunkKey> batch =
        std::span(keys).subspan(begin, std::min(keys.size() - begin, 1 + random() % 200));
    Collector together(batch.size());
    const ReadCost cost = source.readChunks(batch, together);
    std::uint64_t needed = 0;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      REQUIRE(together.taken[i].times == 1);
      CHECK(together.taken[i].begun == 1);
      try {
        const RawChunk alone = source.readChunk(batch[i]);
        CHECK(together.taken[i].failure.empty());
        CHECK(together.taken[i].raw.stored == alone.stored);
        CHECK(decode(source, batch[i], together.taken[i].raw) == decode(source, batch[i], alone));
        needed += alone.bytes.size();
      } catch (const Error& error) {
        CHECK(together.taken[i].failure == error.what());
      }
    }
    CHECK(cost.bytes >= needed);
    CHECK(cost.bytes * 4 <= needed * 5);
    calls += cost.calls;
    begin += batch.size();
  }
  return calls;
}

}  // namespace

TEST_CASE("a source that knows no better reads chunk by chunk, and stops when told") {
  test::FakeSource source(VoxelType::uint8, {64, 16, 16}, {dvec3(1)}, ivec3(16));
  const std::vector<ChunkKey> keys = allChunks(source, {}, 0);
  source.failRead(keys[1], std::make_exception_ptr(Error("chunk 1 is gone")));
  source.leaveOut(keys[2]);
  Collector all(keys.size());
  const ReadCost cost = source.readChunks(keys, all);
  CHECK(cost.bytes == 2 * 16 * 16 * 16);
  CHECK(cost.calls == 2);
  CHECK(all.calls == 4);
  CHECK(all.taken[1].failure == "chunk 1 is gone");
  CHECK(!all.taken[2].raw.stored);
  CHECK(all.taken[3].raw.bytes == source.readChunk(keys[3]).bytes);

  Collector some(keys.size());
  some.stopAfter = 2;
  source.readChunks(keys, some);
  CHECK(some.calls == 2);
  CHECK(some.taken[2].times == 0);
}

TEST_CASE("chunks of a BigDataViewer file that are read together are those that are read alone, in fewer calls") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
rng = np.random.default_rng(5)
a = rng.integers(0, 3000, (40, 90, 130)).astype('<i2')
with h5py.File('all.h5', 'w') as f:
    for setup, options in enumerate([dict(chunks=(16, 16, 16), scaleoffset=0, compression='gzip'), dict(chunks=(16, 16, 16)),
                                     dict(chunks=(40, 1, 7), shuffle=True, compression='gzip'), dict(), dict(chunks=(40, 64, 64))]):
        f.create_dataset(f's{setup:02}/resolutions', data=np.ones((1, 3)))
        f.create_dataset(f's{setup:02}/subdivisions', data=np.full((1, 3), 16))
        f.create_dataset(f't00000/s{setup:02}/0/cells', data=a, **options)
    f.create_dataset('s05/resolutions', data=np.ones((1, 3)))
    f.create_dataset('s05/subdivisions', data=np.full((1, 3), 16))
    sparse = f.create_dataset('t00000/s05/0/cells', shape=a.shape, dtype='<i2', chunks=(16, 16, 16), compression='gzip', fillvalue=7)
    sparse[:16, :16, :50] = a[:16, :16, :50]
)");
  const std::unique_ptr<Source> source = openSource((folder / "all.h5").string());
  std::mt19937 random(2);
  REQUIRE(source->dataset().setups.size() == 6);
  for (int setup = 0; setup < 6; ++setup) {
    INFO(setup);
    checkTogetherIsAsAlone(*source, {.setup = setup, .timepoint = 0}, 0, random);
  }

  // h5py writes chunks in order: a level is one stretch of the file, with some metadata in between.
  const ImageId fiji{.setup = 0, .timepoint = 0};
  const std::vector<ChunkKey> keys = allChunks(*source, fiji, 0);
  Collector together(keys.size());
  const ReadCost cost = source->readChunks(keys, together);
  CHECK(cost.calls <= keys.size() / 8);
  CHECK(cost.bytes <= source->countBytesStored(fiji, 0) * 5 / 4);
}

TEST_CASE("where a read of many chunks fails, only the chunks that are gone fail, as if they were read alone") {
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), R"(
a = np.random.default_rng(5).integers(0, 3000, (32, 64, 64)).astype('<i2')
with h5py.File('short.h5', 'w') as f:
    f.create_dataset('s00/resolutions', data=np.ones((1, 3)))
    f.create_dataset('s00/subdivisions', data=np.full((1, 3), 16))
    f.create_dataset('t00000/s00/0/cells', data=a, chunks=(16, 16, 16))
)");
  const std::filesystem::path file = folder / "short.h5";
  const std::unique_ptr<Source> source = openSource(file.string());
  std::mt19937 random(2);
  checkTogetherIsAsAlone(*source, {}, 0, random);
  // The index of chunks is known; now some are cut off.
  std::filesystem::resize_file(file, std::filesystem::file_size(file) * 2 / 3);
  const std::vector<ChunkKey> keys = allChunks(*source, {}, 0);
  Collector together(keys.size());
  source->readChunks(keys, together);
  const auto failed = std::ranges::count_if(together.taken, [](const auto& chunk) { return !chunk.failure.empty(); });
  CHECK(failed > 0);
  CHECK(failed < static_cast<std::ptrdiff_t>(keys.size()));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    REQUIRE(together.taken[i].times == 1);
    std::string alone;
    try {
      const RawChunk raw = source->readChunk(keys[i]);
      CHECK((together.taken[i].raw.bytes == raw.bytes));
    } catch (const Error& error) {
      alone = error.what();
    }
    CHECK(together.taken[i].failure == alone);
  }
}

TEST_CASE("chunks of real BigDataViewer files that are read together are those that are read alone") {
  const std::filesystem::path data = test::testData();
  std::mt19937 random(3);
  int levels = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(data / "bdv-hdf5")) {
    if (entry.path().extension() != ".h5") continue;
    INFO(entry.path());
    const std::unique_ptr<Source> source = openSource(entry.path().string());
    const ImageId image{};
    for (int level = 0; level < static_cast<int>(source->pyramid(image).levels.size()); ++level, ++levels)
      checkTogetherIsAsAlone(*source, image, level, random);
  }
  CHECK(levels >= 12);
}
