#include "formats/open.h"
#include "paging/render_converged.h"
#include "pyramid/brick.h"
#include "support/files/test_files.h"
#include "support/gpu/gpu_device.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators.hpp>

#include <algorithm>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <tuple>

using namespace volary;
using namespace volary::test;

namespace {

/// Drops all chunks; whoever reads them counts what they cost.
struct NoSink final : ChunkSink {
  void begin(std::size_t) override {}
  std::span<std::byte> buffer(std::size_t size) override {
    memory.resize(std::max(memory.size(), size));
    return memory;
  }
  Next take(std::size_t, const RawView&) override { return Next::goOn; }
  Next fail(std::size_t, std::exception_ptr failure) override { std::rethrow_exception(failure); }

  std::vector<std::byte> memory;
};

/// The stored bytes of the chunks that the wanted bricks touch with their borders, each chunk counted once.
std::uint64_t bytesOfChunksTouched(Source& source, const WantedSet& wanted) {
  std::set<std::tuple<ImageId, int, std::int64_t, std::int64_t, std::int64_t>> seen;
  std::uint64_t bytes = 0;
  NoSink sink;
  for (const WantedBrick& brick : wanted.bricks) {
    const LevelInfo& level = source.pyramid(brick.key.image).levels[std::size_t(brick.key.level)];
    const ChunkRange range = chunksOfBrick(level, brick.key.brick);
    i64vec3 c;
    for (c.z = range.begin.z; c.z < range.end.z; ++c.z)
      for (c.y = range.begin.y; c.y < range.end.y; ++c.y)
        for (c.x = range.begin.x; c.x < range.end.x; ++c.x)
          if (seen.insert({brick.key.image, brick.key.level, c.x, c.y, c.z}).second) {
            const ChunkKey key{.image = brick.key.image, .level = brick.key.level, .chunk = c};
            bytes += source.readChunks({&key, 1}, sink).bytes;
          }
  }
  return bytes;
}

/// Usual views of a volume: from outside, from near and aslant, and in slices.
std::map<std::string, View> makeViews(const View& whole) {
  View near = whole;
  near.camera = zoom(orbit(whole.camera, 0.7, 0.4), 3.0);
  near.mode = RenderMode::dvr;
  View slices = whole;
  slices.layout = Layout::slices;
  return {{"whole, mip", whole}, {"near, dvr", near}, {"slices", slices}};
}

}  // namespace

TEST_CASE("a converged view of a real file has read its bricks' chunks, and little else") {
  TestDevice device;
  const std::string file = GENERATE(
      "bdv-hdf5/playground-mri-multilevel/mri-stack-multilevel.xml",
      "bdv-hdf5/mastodon-tgmm-float32/tgmm_mini_27_31.xml", "bdv-n5/mobie-skimage-segmentation/segmentation.xml",
      "ome-zarr/mobie-mri-v04.ome.zarr", "volumes/imagej-bat-cochlea/bat-cochlea-volume.tif");
  const auto source = openSource((testData() / file).string());
  const auto counted = openSource((testData() / file).string());
  const ImageId image{0, 0};
  const ivec2 size(400, 300);
  const View whole = makeDefaultView(source->dataset(), source->pyramid(image), image, size);
  for (const auto& [name, view] : makeViews(whole)) {
    CAPTURE(file, name);
    Engine engine(*device, *source, {.pageCacheBytes = 256 << 20, .loader = {.threads = 2}});
    RenderStats stats;
    renderConverged(*device, engine, view, size, &stats);
    REQUIRE(stats.last.converged);
    const std::uint64_t touched = bytesOfChunksTouched(*counted, engine.wanted());
    INFO("read " << stats.last.loader.bytesRead << " bytes, of chunks that are touched " << touched);
    CHECK(touched > 0);
    CHECK(stats.last.loader.bytesRead <= touched * 5 / 4);
    CHECK(stats.last.loader.bytesRead >= touched);
  }
}
