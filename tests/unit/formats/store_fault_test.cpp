// Every format over a store that fails, ends early, grows and changes while a dataset is open: voxels that are right or
// one sentence, and the right voxels again when the store is well.
#include "base/error.h"
#include "formats/open.h"
#include "support/fakes/mock_store.h"
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

/// Noise of 40 x 48 x 56 voxels (z, y, x) in each format, in chunks of 16.
constexpr const char* kWriteAll = R"(
import json, os, struct, tifffile, zipfile
shape, chunk = (40, 48, 56), 16
a = np.random.default_rng(3).integers(0, 60000, shape, dtype='u2')
grid = [-(-n // chunk) for n in shape]
def blocks():
    for z in range(grid[0]):
        for y in range(grid[1]):
            for x in range(grid[2]):
                yield (z, y, x), a[z * 16:z * 16 + 16, y * 16:y * 16 + 16, x * 16:x * 16 + 16]
def whole(block):
    return np.pad(block, [(0, chunk - n) for n in block.shape])
def dump(path, value):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    json.dump(value, open(path, 'w'))

os.makedirs('bdv')
with h5py.File('bdv/a.h5', 'w') as f:
    f['s00/resolutions'] = np.array([[1., 1., 1.]])
    f.create_dataset('t00000/s00/0/cells', data=a.view('i2'), chunks=(16, 16, 16), compression='gzip', fletcher32=True)
open('bdv/a.xml', 'w').write("<SpimData><BasePath type='relative'>.</BasePath><SequenceDescription><ImageLoader format='bdv.hdf5'>"
    "<hdf5 type='relative'>a.h5</hdf5></ImageLoader><ViewSetups><ViewSetup><id>0</id></ViewSetup></ViewSetups>"
    "<Timepoints type='range'><first>0</first><last>0</last></Timepoints></SequenceDescription></SpimData>")

with h5py.File('volume.h5', 'w') as f:
    f.create_dataset('volume', data=a, chunks=(16, 16, 16), compression='gzip')

def letters(text):
    return np.array([c.encode() for c in text], dtype='S1')
with h5py.File('image.ims', 'w', libver='earliest') as f:
    f.attrs['ImarisVersion'] = letters('5.5.0')
    image = f.create_group('DataSetInfo/Image')
    group = f.create_group('DataSet/ResolutionLevel 0/TimePoint 0/Channel 0')
    for letter, n in zip('ZYX', shape):
        image.attrs[letter] = letters(str(n))
        group.attrs['ImageSize' + letter] = letters(str(n))
    for axis in range(3):
        image.attrs[f'ExtMin{axis}'] = letters('0')
        image.attrs[f'ExtMax{axis}'] = letters(str(shape[2 - axis]))
    f.create_group('DataSetInfo/Channel 0')
    group.create_dataset('Data', data=a, chunks=(16, 16, 16), compression='gzip')

tifffile.imwrite('stack.tif', a, imagej=True, metadata={'axes': 'ZYX'})
tifffile.imwrite('tiles.tif', a, tile=(16, 16), compression='zlib', photometric='minisblack', metadata=None)
os.makedirs('planes')
for z in range(shape[0]):
    tifffile.imwrite(f'planes/plane_{z:03}.tif', a[z], compression='zlib', metadata=None)
names = [f'part_{i}.ome.tif' for i in range(2)]
data = ''.join(f'<TiffData FirstZ="{20 * i}" IFD="0" PlaneCount="20"><UUID FileName="{n}">urn:uuid:{i}</UUID></TiffData>'
               for i, n in enumerate(names))
os.makedirs('ome')
for i, n in enumerate(names):
    tifffile.imwrite('ome/' + n, a[20 * i:20 * i + 20], photometric='minisblack', metadata=None, description=
        f'<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:{i}"><Image ID="Image:0">'
        '<Pixels DimensionOrder="XYZCT" ID="Pixels:0" Type="uint16" SizeX="56" SizeY="48" SizeZ="40" SizeC="1" SizeT="1">'
        '<Channel ID="Channel:0"/>' + data + '</Pixels></Image></OME>')

dump('v2.zarr/.zarray', dict(zarr_format=2, shape=shape, chunks=[chunk] * 3, dtype='<u2', compressor=None, fill_value=0,
                             order='C', filters=None))
for at, block in blocks():
    whole(block).tofile('v2.zarr/' + '.'.join(map(str, at)))

codecs = [dict(name='bytes', configuration=dict(endian='little'))]
dump('shards.zarr/zarr.json', dict(zarr_format=3, node_type='array', shape=shape, data_type='uint16', fill_value=0,
    chunk_grid=dict(name='regular', configuration=dict(chunk_shape=[n * chunk for n in grid])),
    chunk_key_encoding=dict(name='default', configuration=dict(separator='/')),
    codecs=[dict(name='sharding_indexed', configuration=dict(chunk_shape=[chunk] * 3, codecs=codecs, index_codecs=codecs,
                                                             index_location='end'))]))
os.makedirs('shards.zarr/c/0/0')
with open('shards.zarr/c/0/0/0', 'wb') as f:
    index = b''
    for at, block in blocks():
        index += struct.pack('<QQ', f.tell(), 2 * chunk ** 3)
        f.write(whole(block).tobytes())
    f.write(index)

dump('image.n5/attributes.json', dict(dimensions=shape[::-1], blockSize=[chunk] * 3, dataType='uint16', compression=dict(type='raw')))
for at, block in blocks():
    os.makedirs(f'image.n5/{at[2]}/{at[1]}', exist_ok=True)
    with open(f'image.n5/{at[2]}/{at[1]}/{at[0]}', 'wb') as f:
        f.write(struct.pack('>HHIII', 0, 3, *block.shape[::-1]) + block.astype('>u2').tobytes())

with zipfile.ZipFile('image.zip', 'w') as z:
    z.write('v2.zarr/.zarray')
    for at, block in blocks():
        z.write('v2.zarr/' + '.'.join(map(str, at)), compress_type=zipfile.ZIP_DEFLATED)
a.tofile('voxels')
)";

const std::vector<std::string> kDatasets = {"bdv/a.xml", "bdv/a.h5",    "volume.h5", "image.ims",
                                            "stack.tif", "tiles.tif",   "planes",    "ome/part_1.ome.tif",
                                            "v2.zarr",   "shards.zarr", "image.n5",  "image.zip"};

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
      runPython(folder.path(), kWriteAll);
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
  for (const std::string& name : kDatasets)
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
  for (const std::string& name : kDatasets)
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
  for (const std::string& name : kDatasets) {
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
  for (const std::string& name : kDatasets) {
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
