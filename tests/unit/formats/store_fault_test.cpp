// Every format over a store that fails, ends early, grows and changes while a dataset is open: voxels that are right or
// one sentence, and the right voxels again when the store is well.
#include "base/error.h"
#include "formats/open.h"
#include "support/fakes/mock_store.h"
#include "support/files/all_formats.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <memory>
#include <random>
#include <string>
#include <vector>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;

namespace {

/// Decodes chunks, or keeps their failures.
struct Reader final : ChunkSink {
  Reader(Source& from, const std::vector<ChunkKey>& wanted) : source(from), keys(wanted), outcomes(wanted.size()) {}

  void begin(std::size_t) override {}
  std::span<std::byte> buffer(std::size_t size) override {
    memory.resize(std::max(memory.size(), size));
    return memory;
  }
  Next take(std::size_t index, const RawView& raw) override {
    const ImagePyramid& pyramid = source.pyramid({});
    const i64vec3 chunk(pyramid.levels[0].chunkVoxels);
    std::vector<std::byte> voxels(static_cast<std::size_t>(chunk.x * chunk.y * chunk.z) *
                                  voxelBytes(pyramid.voxelType));
    try {
      source.decodeChunk(keys[index], raw, voxels, scratch);
      outcomes[index].voxels = std::move(voxels);
    } catch (const Error& error) {
      outcomes[index].error = error.what();
    }
    return Next::goOn;
  }
  Next fail(std::size_t index, std::exception_ptr failure) override {
    try {
      std::rethrow_exception(failure);
    } catch (const Error& error) {
      outcomes[index].error = error.what();
    }
    return Next::goOn;
  }

  struct Outcome {
    std::vector<std::byte> voxels;
    std::string error;
    bool operator==(const Outcome&) const = default;
  };
  Source& source;
  const std::vector<ChunkKey>& keys;
  std::vector<Outcome> outcomes;
  std::vector<std::byte> memory;
  DecodeScratch scratch;
};
using Outcomes = std::vector<Reader::Outcome>;

std::vector<ChunkKey> listChunks(Source& source) {
  const LevelInfo& level = source.pyramid({}).levels.at(0);
  const i64vec3 grid = ceilDiv(level.sizeVoxels, i64vec3(level.chunkVoxels));
  std::vector<ChunkKey> keys;
  for (std::int64_t z = 0; z < grid.z; ++z)
    for (std::int64_t y = 0; y < grid.y; ++y)
      for (std::int64_t x = 0; x < grid.x; ++x) keys.push_back({.chunk = {x, y, z}});
  return keys;
}

/// All chunks of the finest level, one by one or together.
Outcomes readAllChunks(Source& source, bool together) {
  const std::vector<ChunkKey> keys = listChunks(source);
  Reader reader(source, keys);
  ReadCost cost;
  if (together)
    source.readChunks(keys, reader);
  else
    for (std::size_t i = 0; i < keys.size(); ++i) readChunkInto(source, keys[i], i, reader, cost);
  return reader.outcomes;
}

/// The voxels of all chunks, as the array that was written.
std::vector<std::byte> assemble(Source& source, const Outcomes& outcomes) {
  const LevelInfo& level = source.pyramid({}).levels.at(0);
  const i64vec3 size = level.sizeVoxels;
  const i64vec3 chunk(level.chunkVoxels);
  std::vector<std::byte> voxels(static_cast<std::size_t>(size.x * size.y * size.z) * 2);
  const std::vector<ChunkKey> keys = listChunks(source);
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const i64vec3 origin = keys[i].chunk * chunk;
    const i64vec3 inside = glm::min(chunk, size - origin);
    for (std::int64_t z = 0; z < inside.z; ++z)
      for (std::int64_t y = 0; y < inside.y; ++y)
        std::copy_n(outcomes[i].voxels.begin() + (z * chunk.y + y) * chunk.x * 2, inside.x * 2,
                    voxels.begin() + (((origin.z + z) * size.y + origin.y + y) * size.x + origin.x) * 2);
  }
  return voxels;
}

std::size_t countErrors(const Outcomes& outcomes) {
  return static_cast<std::size_t>(std::ranges::count_if(outcomes, [](const auto& o) { return !o.error.empty(); }));
}

/// One dataset in a store of its own.
struct Fixture {
  explicit Fixture(const std::string& dataset) : name(dataset) {
    static const TemporaryFolder folder;
    static const bool written = [] {
      writeAllFormats(folder.path());
      return true;
    }();
    REQUIRE(written);
    store = std::make_shared<MockStore>(folder.path());
    source = openSource(Location(store, name));
    truth = readAllChunks(*source, false);
    REQUIRE(countErrors(truth) == 0);
    const std::string voxels = readAll(folder / "voxels");
    const auto expected = std::as_bytes(std::span(voxels));
    CHECK(std::ranges::equal(assemble(*source, truth), expected));
    // A source that has read nothing yet.
    source = openSource(Location(store, name));
    source->pyramid({});
  }

  /// Checks that each chunk is right, or fails with one sentence that names its file. Returns how many fail.
  std::size_t check(const Outcomes& outcomes, const std::string& cause) const {
    for (std::size_t i = 0; i < outcomes.size(); ++i) {
      if (outcomes[i].error.empty()) {
        CHECK(outcomes[i] == truth[i]);
        continue;
      }
      CHECK_THAT(outcomes[i].error, ContainsSubstring("mock:") && ContainsSubstring(cause));
      CHECK(std::ranges::count(outcomes[i].error, '\n') == 0);
    }
    return countErrors(outcomes);
  }

  /// The files that have voxels.
  std::vector<std::string> dataFiles() const {
    std::vector<std::string> keys;
    for (const std::string& key : store->keys()) {
      const std::string stem = name == "bdv/a.xml" ? "bdv/a.h5" : name.starts_with("ome/") ? "ome/" : name;
      const bool isMetadata = key.ends_with(".json") || key.ends_with(".zarray") || key.ends_with(".xml");
      if (key.starts_with(stem) && !isMetadata) keys.push_back(key);
    }
    return keys;
  }

  std::string name;
  std::shared_ptr<MockStore> store;
  std::unique_ptr<Source> source;
  Outcomes truth;
};

}  // namespace

TEST_CASE("reads that fail cost their chunks alone, and are made again when these are asked for again") {
  for (const std::string& name : kAllFormats)
    for (const bool together : {false, true}) {
      INFO(name << (together ? " together" : ""));
      Fixture f(name);
      // One half of the file's stretches of 4 KiB, the same each time.
      f.store->failReads([](const std::string&, const ByteRange& range) {
        for (std::uint64_t page = range.position >> 12; page <= range.end() >> 12; ++page)
          if ((page * 0x9e3779b97f4a7c15U) >> 63) return true;
        return false;
      });
      CHECK(f.check(readAllChunks(*f.source, together), "the mock store is asleep") > 0);
      f.store->failReads([](const std::string&, const ByteRange&) { return true; });
      const std::size_t failed = f.check(readAllChunks(*f.source, together), "the mock store is asleep");
      // What was unpacked from an archive is kept for a while.
      if (name != "image.zip") CHECK(failed == f.truth.size());
      f.store->failReads(nullptr);
      CHECK(readAllChunks(*f.source, together) == f.truth);
    }
}

TEST_CASE("a file that is cut off is a sentence for what is gone, until it is whole again") {
  for (const std::string& name : kAllFormats)
    for (const bool together : {false, true}) {
      INFO(name << (together ? " together" : ""));
      Fixture f(name);
      CHECK(readAllChunks(*f.source, together) == f.truth);
      std::vector<std::pair<std::string, std::vector<std::byte>>> whole;
      for (const std::string& key : f.dataFiles()) {
        whole.emplace_back(key, f.store->bytes(key));
        std::vector<std::byte> part = whole.back().second;
        part.resize(part.size() / 2);
        f.store->overwrite(key, std::move(part));
      }
      REQUIRE(!whole.empty());
      const std::size_t failed = f.check(readAllChunks(*f.source, together), "");
      if (name != "image.zip") CHECK(failed > 0);
      for (auto& [key, bytes] : whole) f.store->overwrite(key, std::move(bytes));
      readAllChunks(*f.source, together);  // notices that they have changed again
      CHECK(readAllChunks(*f.source, together) == f.truth);
    }
}

TEST_CASE("files that grow are read as they were") {
  for (const std::string& name : kAllFormats) {
    INFO(name);
    Fixture f(name);
    CHECK(readAllChunks(*f.source, true) == f.truth);
    std::mt19937 random(4);
    for (const std::string& key : f.dataFiles()) {
      // A chunk in a file of its own that has grown is another chunk.
      if (name == "v2.zarr" || name == "image.n5") continue;
      std::vector<std::byte> more = f.store->bytes(key);
      for (int i = 0; i < 5000; ++i) more.push_back(static_cast<std::byte>(random()));
      f.store->overwrite(key, std::move(more));
    }
    CHECK(readAllChunks(*f.source, true) == f.truth);
    CHECK(readAllChunks(*f.source, false) == f.truth);
  }
}

TEST_CASE("a file that was overwritten is said to be another one where that shows, and is read anew") {
  // In uncompressed data nobody can tell that a chunk is wrong.
  for (const char* name : {"bdv/a.xml", "bdv/a.h5", "volume.h5", "image.ims", "tiles.tif", "planes"}) {
    INFO(name);
    Fixture f(name);
    CHECK(readAllChunks(*f.source, true) == f.truth);
    std::mt19937 random(5);
    std::vector<std::pair<std::string, std::vector<std::byte>>> whole;
    for (const std::string& key : f.dataFiles()) {
      whole.emplace_back(key, f.store->bytes(key));
      std::vector<std::byte> garbage = whole.back().second;
      for (std::byte& byte : garbage) byte = static_cast<std::byte>(random());
      f.store->overwrite(key, std::move(garbage));
    }
    const Outcomes outcomes = readAllChunks(*f.source, true);
    CHECK(countErrors(outcomes) == outcomes.size());
    CHECK_THAT(outcomes.back().error, ContainsSubstring("(the file was changed after it was opened)"));
    for (auto& [key, bytes] : whole) f.store->overwrite(key, std::move(bytes));
    readAllChunks(*f.source, true);
    CHECK(readAllChunks(*f.source, true) == f.truth);
  }
}

TEST_CASE("a file that was replaced is read as it was where it is open, and is not mixed with the new one") {
  for (const std::string& name : kAllFormats) {
    // Chunks in files of their own are not kept open.
    if (name == "v2.zarr" || name == "image.n5") continue;
    INFO(name);
    Fixture f(name);
    CHECK(readAllChunks(*f.source, true) == f.truth);
    std::vector<std::pair<std::string, std::vector<std::byte>>> whole;
    for (const std::string& key : f.dataFiles()) {
      whole.emplace_back(key, f.store->bytes(key));
      f.store->replace(key, std::vector<std::byte>(whole.back().second.size()));
    }
    f.check(readAllChunks(*f.source, true), "");
    for (auto& [key, bytes] : whole) f.store->replace(key, std::move(bytes));
    readAllChunks(*f.source, true);
    CHECK(readAllChunks(*f.source, true) == f.truth);
  }
}
