#include "base/error.h"
#include "formats/hdf5/dataset.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/object.h"
#include "support/files/test_files.h"
#include "support/oracles/hdf5_listing.h"

#include <catch2/catch_test_macros.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <sstream>
#include <string>
#include <vector>

using namespace volary;
using namespace volary::test;

namespace {

/// Runs Python that has list_hdf5 imported.
void runLister(const std::filesystem::path& folder, const std::string& script) {
  runPython(folder,
            fmt::format("import sys\nsys.path.insert(0, '{}/tests/support/files')\nsys.dont_write_bytecode = True\n"
                        "import list_hdf5\n{}",
                        VOLARY_SOURCE_DIR, script));
}

std::vector<std::string> linesOf(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  std::ranges::sort(lines);
  return lines;
}

/// Checks that our reader and h5py say the same about each file.
void checkSameListings(const std::vector<std::filesystem::path>& files) {
  const TemporaryFolder folder;
  std::string script;
  for (std::size_t i = 0; i < files.size(); ++i)
    script += fmt::format("list_hdf5.write_listing('{}', '{}.txt')\n", files[i].string(), i);
  runLister(folder.path(), script);
  for (std::size_t i = 0; i < files.size(); ++i) {
    INFO(files[i].string());
    const std::vector<std::string> expected = linesOf(readAll(folder / fmt::format("{}.txt", i)));
    const std::vector<std::string> found = listHdf5(files[i]);
    std::vector<std::string> missing, wrong;
    std::ranges::set_difference(expected, found, std::back_inserter(missing));
    std::ranges::set_difference(found, expected, std::back_inserter(wrong));
    INFO(fmt::format("h5py has {} lines that we have not, the first: {}", missing.size(),
                     missing.empty() ? "" : missing[0]));
    INFO(fmt::format("we have {} lines that h5py has not, the first: {}", wrong.size(), wrong.empty() ? "" : wrong[0]));
    const bool same = found == expected;
    CHECK(same);
  }
}

std::vector<std::filesystem::path> hdf5FilesIn(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (const auto extension = entry.path().extension();
        extension == ".h5" || extension == ".hdf5" || extension == ".ims")
      files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

}  // namespace

TEST_CASE("our HDF5 reader finds what the library finds in every real file") {
  std::vector<std::filesystem::path> files;
  for (const char* folder : {"bdv-hdf5", "hdf5-conformance", "imaris"})
    std::ranges::copy(hdf5FilesIn(testData() / folder), std::back_inserter(files));
  REQUIRE(files.size() > 30);
  checkSameListings(files);
}

TEST_CASE("our HDF5 reader finds what h5py writes, with old and new metadata") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
def chunks(group, filtered):
    more = dict(compression="gzip", shuffle=True) if filtered else {}
    some = np.arange(100, dtype="<u2").reshape(10, 10)
    group.create_dataset("single", data=some, chunks=(10, 10), **more)
    group.create_dataset("single-partial", data=some[:7, :9], chunks=(7, 9), **more)
    group.create_dataset("fixed", data=some, chunks=(3, 4), **more)
    group.create_dataset("fixed-with-limit", data=some, chunks=(3, 4), maxshape=(20, 15), **more)
    # Of the pages of 1024 entries, some are never written.
    paged = group.create_dataset("paged", shape=(300, 40), dtype="u1", chunks=(1, 3), fillvalue=7, **more)
    paged[0] = 1
    paged[150:160] = 2
    paged[299, 39] = 3
    group.create_dataset("growing-first", data=some, chunks=(3, 4), maxshape=(None, 10), **more)
    group.create_dataset("growing-last", data=some, chunks=(3, 4), maxshape=(12, None), **more)
    grown = group.create_dataset("grown", data=some, chunks=(1, 2), maxshape=(None, 10), **more)
    grown.resize((500, 10))
    grown[400:420] = 9
    shrunk = group.create_dataset("shrunk", data=some, chunks=(1, 2), maxshape=(None, 10), **more)
    shrunk.resize((4, 10))
    # So far that the data blocks have pages, few of them written.
    far = group.create_dataset("far", shape=(400000,), dtype="u1", chunks=(1,), maxshape=(None,), **more)
    for i in [0, 3, 4, 19, 20, 51, 52, 1000, 5000, 100000, 131100, 140000, 262143, 262200, 399999]:
        far[i] = i % 255 + 1
    group.create_dataset("growing-both", data=some, chunks=(3, 4), maxshape=(None, None), **more)
    wide = group.create_dataset("wide", shape=(90, 90), dtype="u1", chunks=(1, 2), maxshape=(None, None), **more)
    wide[...] = 1
    deep = group.create_dataset("deep", shape=(5, 6, 7, 8), dtype=">f4", chunks=(2, 2, 3, 8), maxshape=(5, None, None, 8), **more)
    deep[:, 1:4] = 0.5
    group.create_dataset("empty", shape=(10, 10), dtype="u1", chunks=(5, 5), **more)

def implicit(group):
    space = h5py.h5s.create_simple((10, 10))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_chunk((3, 4))
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    dataset = h5py.h5d.create(group.id, b"implicit", h5py.h5t.STD_U16LE, space, plist)
    dataset.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(100, dtype="u2").reshape(10, 10))

def masks(group):
    dataset = group.create_dataset("masks", shape=(8, 8), dtype="u1", chunks=(4, 4), compression="gzip", shuffle=True)
    dataset.id.write_direct_chunk((4, 0), b"0123456789abcdef", filter_mask=3)
    dataset[0:4] = 5

def types(group):
    for name in ["i1", "u1", "<i2", ">i2", "<u2", "<i4", ">u4", "<i8", ">u8", "<f4", ">f4", "<f8", ">f8"]:
        group.create_dataset("type " + name.replace("<", "little ").replace(">", "big "), data=np.ones(3, name))
        group.attrs[name] = np.array([1, 2, 3], name)
    group["half"] = np.ones(3, "f2")
    group["compound"] = np.zeros(3, [("a", "u1"), ("b", "f4")])
    group["text"] = np.array([b"ab", b"cde"])
    group["texts"] = np.array(["ab", "c" * 300], dtype=object)
    group["truth"] = np.array([True, False])
    group["none"] = h5py.Empty("f4")
    group["one"] = 3.5
    group["committed"] = np.dtype("<i4")
    group.create_dataset("of-committed", shape=(3,), dtype=group["committed"])
    group.create_dataset("compact-like", data=np.arange(6).reshape(2, 3))
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_layout(h5py.h5d.COMPACT)
    space = h5py.h5s.create_simple((2, 3))
    compact = h5py.h5d.create(group.id, b"compact", h5py.h5t.STD_I32BE, space, plist)
    compact.write(h5py.h5s.ALL, h5py.h5s.ALL, np.arange(6, dtype="i4").reshape(2, 3))
    group.attrs["text"] = "letters \u00b5m"
    group.attrs["fixed"] = np.bytes_(b"fixed")
    group.attrs["texts"] = ["one", "two", "three " * 100]
    group.attrs["letters"] = np.array(list("27.5"), "S1")
    group.attrs["nothing"] = h5py.Empty("S3")
    group.attrs.create("committed", 5, dtype=group["committed"])

def many(group, count):
    for i in range(count):
        group.create_group(f"a group with a longer name {i}")
        group.attrs[f"attribute {i}"] = i
    group.attrs["large"] = np.arange(7000, dtype="f8")
    for i in range(12):
        group.attrs[f"after {i}"] = "x" * i

def links(group):
    group["soft"] = h5py.SoftLink("/types/one")
    group["relative"] = h5py.SoftLink("sub/one")
    group["dangling"] = h5py.SoftLink("/nowhere/at/all")
    group["outside"] = h5py.ExternalLink("other.h5", "/a/b")
    group["sub"] = group.file["types"]

for name, options in {
        "earliest": dict(libver="earliest"), "v108": dict(libver=("earliest", "v108")), "latest": dict(libver="latest"),
        "userblock": dict(libver="earliest", userblock_size=1024), "new-userblock": dict(libver="latest", userblock_size=512)}.items():
    with h5py.File(name + ".h5", "w", **options) as f:
        chunks(f.create_group("raw"), False)
        chunks(f.create_group("filtered"), True)
        implicit(f)
        masks(f)
        types(f.create_group("types"))
        for count in [1, 9, 40, 300]:
            many(f.create_group(f"many {count}"), count)
        links(f.create_group("links"))
with h5py.File("ordered.h5", "w", libver="latest", track_order=True) as f:
    many(f.create_group("ordered", track_order=True), 300)
    g = f.create_group("small", track_order=True)
    g["one"] = 1
    g["two"] = 2
with h5py.File("thousands.h5", "w", libver="latest") as f:
    for i in range(12000):
        f[f"link {i}"] = h5py.SoftLink("/nowhere/" + "and on " * (i % 40))
with h5py.File("thousands-old.h5", "w", libver="earliest") as f:
    for i in range(5000):
        f[f"link {i}"] = h5py.SoftLink("/nowhere/" + "and on " * (i % 40))
)");
  checkSameListings(hdf5FilesIn(folder.path()));
}

TEST_CASE("links lead to other files by the caller's rules, and never in a circle") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
with h5py.File('master.h5', 'w') as f:
    f['t0/cells'] = h5py.ExternalLink('C:\\old\\part.h5', '/t0/cells')
    f['t1'] = h5py.ExternalLink('part.h5', '/t0')
    f['soft'] = h5py.SoftLink('t1/cells')
    f['gone'] = h5py.ExternalLink('nowhere.h5', '/x')
    f['circle'] = h5py.ExternalLink('part.h5', '/back')
    f['self'] = h5py.SoftLink('self')
    f['up/down'] = h5py.SoftLink('.//down/./x')
with h5py.File('part.h5', 'w') as f:
    f['t0/cells'] = np.arange(24, dtype='u1').reshape(2, 3, 4)
    f['back'] = h5py.ExternalLink('master.h5', '/circle')
)");
  std::vector<std::string> asked;
  const hdf5::OpenExternal open = [&](const hdf5::File& from, const std::string& name,
                                      const std::string& object) -> std::shared_ptr<const hdf5::File> {
    asked.push_back(name + " " + object);
    const std::string plain = name.substr(name.find_last_of("\\/") + 1);
    const Location beside = from.location().parent() / plain;
    return beside.exists() ? std::make_shared<const hdf5::File>(beside) : nullptr;
  };
  const hdf5::Object root = hdf5::Object::root(std::make_shared<const hdf5::File>(folder / "master.h5"));
  for (const char* path : {"t0/cells", "/t0/cells", "t1/cells", "soft", "//t1//cells/"}) {
    INFO(path);
    const std::optional<hdf5::Object> cells = root.find(path, open);
    REQUIRE(cells);
    CHECK(cells->file()->location() == Location(folder / "part.h5"));
    CHECK(hdf5::Dataset(*cells).space().dims == std::vector<std::uint64_t>{2, 3, 4});
  }
  CHECK(asked[0] == "C:\\old\\part.h5 /t0/cells");
  CHECK(asked[2] == "part.h5 /t0/cells");
  CHECK_FALSE(root.find("t0/cells", {}));
  CHECK_FALSE(root.find("gone", open));
  CHECK_FALSE(root.find("t0/nothing", open));
  CHECK(root.find("/", open)->header().address == root.header().address);
  for (const char* path : {"circle", "self", "up/down"}) CHECK_THROWS_AS(root.find(path, open), Error);
}

TEST_CASE("chunks of a level far larger than memory are found, also beyond 4 GiB of the file") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
for version in ['earliest', 'latest']:
    with h5py.File(version + '.h5', 'w', libver=version) as f:
        # Space that is allocated and never written: a hole in the file.
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        h5py.h5d.create(f.id, b'hole', h5py.h5t.STD_U8LE, h5py.h5s.create_simple((5 * 2**30,)), plist)
        cells = f.create_dataset('cells', (12032, 10688, 14208), '<u2', chunks=(64, 64, 64), compression='gzip')
        for z, y, x in [(0, 0, 0), (6000, 5000, 7000), (12031, 10687, 14207)]:
            cells[z, y, x] = 7
    with h5py.File(version + '.h5', 'r') as f, open(version + '.txt', 'w') as listing:
        for i in range(3):
            info = f['cells'].id.get_chunk_info(i)
            listing.write(f'{info.byte_offset} {info.size} {info.filter_mask};')
)");
  for (const std::string name : {"earliest", "latest"}) {
    INFO(name);
    const hdf5::Object root = hdf5::Object::root(std::make_shared<const hdf5::File>(folder / (name + ".h5")));
    const hdf5::Dataset cells(root.find("cells", {}).value());
    CHECK(cells.index().storedChunks() == 3);
    const std::vector<std::vector<std::uint64_t>> stored = {{0, 0, 0}, {93, 78, 109}, {187, 166, 221}};
    std::string listing;
    for (const std::vector<std::uint64_t>& chunk : stored) {
      const std::optional<hdf5::ChunkPlace> place = cells.findChunk(chunk);
      REQUIRE(place);
      CHECK(place->position > 5ull << 30);
      listing += fmt::format("{} {} {};", place->position, place->bytes, place->filterMask);
    }
    CHECK(listing == readAll(folder / (name + ".txt")));
    CHECK_FALSE(cells.findChunk(std::vector<std::uint64_t>{0, 0, 1}));
    CHECK_THROWS_AS(cells.findChunk(std::vector<std::uint64_t>{0, 0, 222}), Error);
  }
}
