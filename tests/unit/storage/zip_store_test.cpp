#include "storage/zip_store.h"
#include "storage/local_store.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <catch2/matchers/catch_matchers_exception.hpp>
#include <catch2/matchers/catch_matchers_string.hpp>

#include <algorithm>
#include <filesystem>
#include <string>

using namespace volary;
using namespace volary::test;
using Catch::Matchers::ContainsSubstring;
using Catch::Matchers::MessageMatches;

namespace {

std::shared_ptr<Store> open(const std::filesystem::path& file) { return openZip(openLocalFile(file), file.string()); }

std::string textOf(Store& store, const std::string& key) {
  const auto bytes = store.findBytes(key, 1 << 20);
  REQUIRE(bytes);
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

std::vector<std::string> namesIn(Store& store, const std::string& key) {
  std::vector<std::string> names;
  const auto entries = store.list(key);
  REQUIRE(entries);
  for (const StoreEntry& entry : *entries) names.push_back(entry.name + (entry.kind == EntryKind::folder ? "/" : ""));
  std::ranges::sort(names);
  return names;
}

}  // namespace

TEST_CASE("stored and deflated files of an archive are read as any other, and its folders listed") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
import zipfile
with zipfile.ZipFile('a.zip', 'w') as z:
    z.writestr('stored.txt', 'outdated')
    z.writestr('stored.txt', '0123456789')
    z.writestr('in/deflated.txt', 'abc' * 1000, zipfile.ZIP_DEFLATED)
    z.writestr('in/deep/x', '')
    z.writestr('in2', 'y')
    z.writestr('empty/', '')
    z.comment = b'PK\x05\x06 is no end of a directory' * 40
)");
  const std::shared_ptr<Store> store = open(folder / "a.zip");
  CHECK(textOf(*store, "stored.txt") == "0123456789");
  CHECK(textOf(*store, "in/deflated.txt").size() == 3000);
  CHECK(textOf(*store, "in/deep/x").empty());
  CHECK(namesIn(*store, "") == std::vector<std::string>{"in/", "in2", "stored.txt"});
  CHECK(namesIn(*store, "in") == std::vector<std::string>{"deep/", "deflated.txt"});
  CHECK(store->findKind("in") == EntryKind::folder);
  CHECK(store->findKind("in2") == EntryKind::file);
  CHECK(store->findKind("i") == std::nullopt);
  CHECK(store->findVersion("in/deflated.txt")->sizeBytes == 3000);
  CHECK(store->find("none") == nullptr);
  CHECK_THROWS_AS(store->find("in"), Error);
  CHECK(store->describe("in/x") == (folder / "a.zip").string() + "/in/x");

  const std::shared_ptr<ByteFile> file = store->find("stored.txt");
  std::string text(3, '\0');
  file->readAt(4, std::as_writable_bytes(std::span(text)));
  CHECK(text == "456");
  // A file of the archive ends where it ends, whatever stands behind it.
  CHECK_THROWS_AS(file->readAt(8, std::as_writable_bytes(std::span(text))), Error);
  CHECK(file->isAsOpened());
}

TEST_CASE("names in UTF-8 and in code page 437, and those that Windows wrote, are keys") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
import zipfile
with zipfile.ZipFile('a.zip', 'w') as z:
    z.writestr('µ/größe.txt', 'utf8')
    z.writestr('x123456.txt', 'old')
    z.writestr('win/a.txt', 'win')
data = open('a.zip', 'rb').read().replace(b'x123456', b'gr\x94\xe1e\xe6\x9b').replace(b'win/a', b'win\\a')
open('a.zip', 'wb').write(data)
)");
  const std::shared_ptr<Store> store = open(folder / "a.zip");
  CHECK(textOf(*store, "µ/größe.txt") == "utf8");
  CHECK(textOf(*store, "größeµ¢.txt") == "old");
  CHECK(textOf(*store, "win/a.txt") == "win");
}

TEST_CASE("archives in zip64 form are read") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
import zipfile
zipfile.ZIP64_LIMIT = 100
zipfile.ZIP_FILECOUNT_LIMIT = 2
with zipfile.ZipFile('a.zip', 'w', allowZip64=True) as z:
    for i in range(5):
        with z.open(zipfile.ZipInfo(f'{i}.bin'), 'w', force_zip64=True) as f: f.write(bytes([i]) * 500)
    z.comment = b'x' * 65535
)");
  const std::shared_ptr<Store> store = open(folder / "a.zip");
  CHECK(namesIn(*store, "").size() == 5);
  for (int i = 0; i < 5; ++i) CHECK(textOf(*store, fmt::format("{}.bin", i)) == std::string(500, static_cast<char>(i)));
}

TEST_CASE("what can't be read of an archive is one sentence, and no memory is taken for what is absurd") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
import struct, zipfile
with zipfile.ZipFile('good.zip', 'w') as z:
    z.writestr('a', 'x' * 100)
    z.writestr('b', 'y' * 100, zipfile.ZIP_DEFLATED)
good = open('good.zip', 'rb').read()
def directory(data, name):  # where the entry's record of the directory stands
    at = data.find(b'PK\x01\x02')
    while data[at + 46:at + 47] != name: at = data.find(b'PK\x01\x02', at + 1)
    return at
def write(name, entry, at, value):
    data = bytearray(good); place = directory(good, entry) + at
    data[place:place + len(value)] = value
    open(name, 'wb').write(data)
write('encrypted.zip', b'a', 8, b'\x01\x00')
write('lzma.zip', b'b', 10, b'\x0e\x00')
write('bomb.zip', b'b', 24, struct.pack('<I', 0xfffffff0))
write('longer.zip', b'b', 24, struct.pack('<I', 101))
write('outside.zip', b'a', 42, struct.pack('<I', 1 << 30))
write('elsewhere.zip', b'b', 42, struct.pack('<I', len(good) - 100))
write('padded.zip', b'b', 20, struct.pack('<I', 0x7ffffff0))
write('overlap.zip', b'b', 42, struct.pack('<I', 10))
write('crc.zip', b'b', 16, b'\x00\x00\x00\x00')
open('cut.zip', 'wb').write(good[:-10])
open('tiny.zip', 'wb').write(b'PK\x05\x06')
end = good.rfind(b'PK\x05\x06')
open('many.zip', 'wb').write(good[:end + 8] + b'\xfe\xff\xfe\xff' + good[end + 12:])
open('far.zip', 'wb').write(good[:end + 16] + b'\xf0\xff\xff\xff' + good[end + 20:])
open('parts.zip', 'wb').write(good[:end + 4] + b'\x01\x00' + good[end + 6:])
)");
  const auto sentence = [&](const std::string& name, const char* key) -> std::string {
    try {
      open(folder / (name + ".zip"))->findBytes(key, 1 << 20);
    } catch (const Error& error) {
      return error.what();
    }
    return "nothing is wrong";
  };
  CHECK_THAT(sentence("encrypted", "a"), ContainsSubstring("encrypted"));
  CHECK_THAT(sentence("lzma", "b"), ContainsSubstring("method 14"));
  CHECK_THAT(sentence("bomb", "b"), ContainsSubstring("absurd"));
  CHECK_THAT(sentence("padded", "b"), ContainsSubstring("absurd"));
  CHECK_THAT(sentence("longer", "b"), ContainsSubstring("damaged"));
  CHECK_THAT(sentence("outside", "a"), ContainsSubstring("outside"));
  CHECK_THAT(sentence("elsewhere", "b"), ContainsSubstring("damaged"));
  CHECK_THAT(sentence("overlap", "a"), ContainsSubstring("overlap"));
  CHECK_THAT(sentence("crc", "b"), ContainsSubstring("checksum"));
  CHECK_THAT(sentence("cut", "a"), ContainsSubstring("cut off"));
  CHECK_THAT(sentence("tiny", "a"), ContainsSubstring("cut off"));
  CHECK_THAT(sentence("many", "a"), ContainsSubstring("absurd"));
  CHECK_THAT(sentence("far", "a"), ContainsSubstring("outside"));
  CHECK_THAT(sentence("parts", "a"), ContainsSubstring("several parts"));
  // The sound file beside it is read.
  CHECK(textOf(*open(folder / "encrypted.zip"), "b").size() == 100);
}

TEST_CASE("a file of an archive that is larger than its reader allows is refused before it is inflated") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
import zipfile
with zipfile.ZipFile('a.zip', 'w') as z: z.writestr('a', bytes(1 << 20), zipfile.ZIP_DEFLATED)
data = bytearray(open('a.zip', 'rb').read())
data[40:60] = b'\xff' * 20  # whoever inflates it says that it is damaged
open('a.zip', 'wb').write(data)
)");
  const std::shared_ptr<Store> store = open(folder / "a.zip");
  CHECK_THROWS_MATCHES(store->findBytes("a", (1 << 20) - 1), Error, MessageMatches(ContainsSubstring("more than")));
  CHECK_THROWS_MATCHES(store->findBytes("a", 1 << 20), Error, MessageMatches(ContainsSubstring("damaged")));
}

TEST_CASE("every beginning of an archive is an archive that is cut off") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
import zipfile
with zipfile.ZipFile('a.zip', 'w') as z:
    for i in range(3): z.writestr(f'folder/{i}', bytes([i]) * 40)
)");
  const std::string whole = readAll(folder / "a.zip");
  REQUIRE(whole.size() > 300);
  for (std::size_t length = 0; length < whole.size(); ++length) {
    writeText(folder / "cut.zip", whole.substr(0, length));
    CHECK_THROWS_AS(open(folder / "cut.zip"), Error);
  }
}

TEST_CASE("an archive of ten thousand files is opened by its directory alone") {
  const TemporaryFolder folder;
  runPython(folder.path(), R"(
import zipfile
with zipfile.ZipFile('a.zip', 'w') as z:
    for i in range(10000): z.writestr(f'0/{i // 100}/{i % 100}', b'x')
)");
  const std::shared_ptr<Store> store = open(folder / "a.zip");
  CHECK(store->list("0")->size() == 100);
  CHECK(store->list("0/42")->size() == 100);
  CHECK(textOf(*store, "0/99/99") == "x");
}
