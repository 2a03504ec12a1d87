// Files that change while they are looked at: a read gives voxels or a sentence, never a crash, and a repeated read
// comes from what is there then.
#include "base/error.h"
#include "formats/open.h"
#include "streaming/loader.h"
#include "support/fakes/fake_source.h"
#include "support/files/test_files.h"
#include "support/wait_until.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <random>

using namespace volary;
using Catch::Matchers::ContainsSubstring;

namespace {

namespace fs = std::filesystem;

/// Noise that does not compress, so that chunks are strewn all over the file.
constexpr const char* kNoise = R"(
def write(name, seed, size=64, chunk=16, **storage):
    a = np.random.default_rng(seed).integers(0, 60000, (size,) * 3, dtype='u2')
    with h5py.File(name, 'w') as f:
        f['s00/resolutions'] = np.array([[1., 1., 1.], [2., 2., 2.]])
        f['s00'].attrs['dataType'] = 'uint16'
        if chunk: storage = dict(chunks=(chunk,) * 3, **storage)
        f.create_dataset('t00000/s00/1/cells', data=a[::2, ::2, ::2], **storage)
        f.create_dataset('t00000/s00/0/cells', data=a, **storage)
)";

/// What one chunk gave.
struct Outcome {
  std::vector<std::byte> voxels;
  std::string error;
};

std::vector<Outcome> readChunks(Source& source, int level) {
  const ImagePyramid& pyramid = source.pyramid({});
  const LevelInfo& info = pyramid.levels[level];
  const i64vec3 counts = ceilDiv(info.sizeVoxels, i64vec3(info.chunkVoxels));
  DecodeScratch scratch;
  std::vector<Outcome> outcomes;
  for (std::int64_t i = 0; i < counts.x * counts.y * counts.z; ++i) {
    Outcome& outcome = outcomes.emplace_back();
    const ChunkKey key{.level = level, .chunk = {i % counts.x, i / counts.x % counts.y, i / (counts.x * counts.y)}};
    try {
      const RawChunk raw = source.readChunk(key);
      outcome.voxels.resize(static_cast<std::size_t>(info.chunkVoxels.x) * info.chunkVoxels.y * info.chunkVoxels.z *
                            voxelBytes(pyramid.voxelType));
      source.decodeChunk(key, raw, outcome.voxels, scratch);
    } catch (const Error& error) {
      outcome = {.voxels = {}, .error = error.what()};
      CHECK_THAT(outcome.error,
                 ContainsSubstring(fmt::format("chunk {}, {}, {} can't be", key.chunk.x, key.chunk.y, key.chunk.z)));
    }
  }
  return outcomes;
}

bool same(const std::vector<Outcome>& a, const std::vector<Outcome>& b) {
  return std::ranges::equal(a, b, [](const Outcome& x, const Outcome& y) {
    return x.error.empty() && y.error.empty() && x.voxels == y.voxels;
  });
}

std::size_t countErrors(const std::vector<Outcome>& outcomes) {
  return static_cast<std::size_t>(std::ranges::count_if(outcomes, [](const Outcome& o) { return !o.error.empty(); }));
}

/// Writes into the existing file, like a program that does not replace it.
void overwrite(const fs::path& file, const std::string& bytes) {
  std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
  stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  stream.close();
  REQUIRE(stream);
  fs::resize_file(file, bytes.size());
}

/// Two files, and what they hold.
struct TwoFiles {
  TwoFiles() {
    test::runPython(folder.path(), std::string(kNoise) +
                                       "write('a.h5', 1, compression='gzip', fletcher32=True)\n"
                                       "write('b.h5', 2, compression='gzip', fletcher32=True)\n");
    for (const int level : {0, 1}) {
      first[level] = readChunks(*openSource(path("a.h5")), level);
      second[level] = readChunks(*openSource(path("b.h5")), level);
      REQUIRE(countErrors(first[level]) + countErrors(second[level]) == 0);
    }
    bytes = test::readAll(folder / "a.h5");
  }
  std::string path(const std::string& name) const { return (folder / name).string(); }

  test::TemporaryFolder folder;
  std::vector<Outcome> first[2], second[2];
  std::string bytes;  ///< of a.h5
};

}  // namespace

TEST_CASE(
    "a file that is cut off while it is open costs the bricks that were behind the cut, until it is whole again") {
  const TwoFiles files;
  const std::unique_ptr<Source> source = openSource(files.path("a.h5"));
  REQUIRE(same(readChunks(*source, 0), files.first[0]));
  fs::resize_file(files.path("a.h5"), files.bytes.size() * 6 / 10);

  Loader loader(*source, {.threads = 3});
  const std::vector<BrickKey> keys = test::allBricks(source->pyramid({}), {});
  loader.replaceRequests(keys);
  std::map<BrickKey, LoadedBrick> bricks;
  std::vector<BrickKey> failed;
  while (bricks.size() < keys.size()) {
    REQUIRE(loader.waitForFinished(test::kPatience));
    for (LoadedBrick& brick : loader.takeFinished(keys.size())) {
      if (!brick.error.empty()) {
        CHECK_THAT(brick.error, ContainsSubstring(files.path("a.h5") + ": t00000/s00/0/cells: chunk ") &&
                                    ContainsSubstring("(the file was changed after it was opened)"));
        failed.push_back(brick.key);
      }
      const BrickKey key = brick.key;
      CHECK(bricks.emplace(key, std::move(brick)).second);
    }
  }
  CHECK(!failed.empty());
  CHECK(failed.size() < keys.size());
  CHECK(loader.stats().bricksFailed == failed.size());

  overwrite(files.path("a.h5"), files.bytes);
  loader.replaceRequests(failed);
  for (std::size_t i = 0; i < failed.size();) {
    REQUIRE(loader.waitForFinished(test::kPatience));
    for (const LoadedBrick& brick : loader.takeFinished(keys.size())) {
      CHECK(brick.error.empty());
      ++i;
    }
  }
  CHECK(same(readChunks(*source, 0), files.first[0]));
}

TEST_CASE("a file that is replaced or removed while it is open is read as it was") {
  const TwoFiles files;
  const std::unique_ptr<Source> source = openSource(files.path("a.h5"));
  source->pyramid({});
  fs::rename(files.path("b.h5"), files.path("a.h5"));
  for (const int level : {0, 1}) CHECK(same(readChunks(*source, level), files.first[level]));
  fs::remove(files.path("a.h5"));
  for (const int level : {0, 1}) CHECK(same(readChunks(*source, level), files.first[level]));
}

TEST_CASE("a file that is overwritten in place gives other voxels or a sentence, and can be read again") {
  const TwoFiles files;
  std::mt19937 random(5);
  for (int round = 0; round < 4; ++round) {
    const std::unique_ptr<Source> source = openSource(files.path("a.h5"));
    // Half of the rounds already know where the chunks were, the others look for them in what is there then.
    if (round % 2 == 0) REQUIRE(same(readChunks(*source, 0), files.first[0]));
    source->pyramid({});
    std::string garbage = files.bytes;
    if (round < 2)
      for (char& byte : garbage) byte = static_cast<char>(random());
    else
      garbage = test::readAll(files.path("b.h5"));
    overwrite(files.path("a.h5"), garbage);
    const std::vector<Outcome> outcomes = readChunks(*source, 0);
    if (round < 2) CHECK(countErrors(outcomes) == outcomes.size());
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].error.empty())
        CHECK(outcomes[i].voxels == files.second[0][i].voxels);
      else
        CHECK_THAT(outcomes[i].error, ContainsSubstring("(the file was changed after it was opened)"));
    }

    overwrite(files.path("a.h5"), files.bytes);
    readChunks(*source, 0);  // what was opened in between may still be in the cache
    CHECK(same(readChunks(*source, 0), files.first[0]));
  }
}

TEST_CASE("a list of chunks that could not be read is read when it is asked for again, also if nothing seems changed") {
  const TwoFiles files;
  const fs::path file = files.path("a.h5");
  const std::unique_ptr<Source> source = openSource(file.string());
  source->pyramid({});
  const fs::file_time_type time = fs::last_write_time(file);
  fs::resize_file(file, 4096);
  const std::vector<Outcome> outcomes = readChunks(*source, 0);
  CHECK(countErrors(outcomes) == outcomes.size());
  overwrite(file, files.bytes);
  fs::last_write_time(file, time);
  readChunks(*source, 0);
  CHECK(same(readChunks(*source, 0), files.first[0]));
}

TEST_CASE("a file that is opened again holds the dataset that it held, or it is not read") {
  // More partitions than the number of files that are kept open.
  const test::TemporaryFolder folder;
  test::runPython(folder.path(), std::string(kNoise) + R"(
for i in range(40): write(f'p{i}.h5', i, compression='gzip')
with h5py.File('m.h5', 'w') as f:
    for i in range(40):
        f[f's{i:02}/resolutions'] = np.array([[1., 1., 1.], [2., 2., 2.]])
        f[f's{i:02}'].attrs['dataType'] = 'uint16'
        f[f't00000/s{i:02}'] = h5py.ExternalLink(f'p{i}.h5', 't00000/s00')
write('small.h5', 1, size=32, compression='gzip')
write('coarse.h5', 1, chunk=32, compression='gzip')
write('raw.h5', 1)
write('whole.h5', 1, chunk=None)
write('same.h5', 0, compression='gzip')
with h5py.File('rank.h5', 'w') as f: f['t00000/s00/0/cells'] = np.zeros((64, 64), 'u2')
with h5py.File('none.h5', 'w') as f: f['x'] = 1
)");
  const fs::path partition = folder / "p0.h5";
  fs::copy_file(partition, folder / "original.h5");
  for (const char* other : {"small", "coarse", "raw", "whole", "rank", "none", "same"}) {
    INFO(other);
    fs::copy_file(folder / "original.h5", partition, fs::copy_options::overwrite_existing);
    const std::unique_ptr<Source> source = openSource((folder / "m.h5").string());
    for (std::int32_t setup = 0; setup < 40; ++setup) source->pyramid({.setup = setup});
    fs::rename(folder / (std::string(other) + ".h5"), partition);
    const std::vector<Outcome> outcomes = readChunks(*source, 0);
    if (std::string(other) == "same") {
      CHECK(countErrors(outcomes) == 0);
      continue;
    }
    CHECK(countErrors(outcomes) == outcomes.size());
    CHECK_THAT(outcomes[0].error, ContainsSubstring(partition.string()));
  }
}
