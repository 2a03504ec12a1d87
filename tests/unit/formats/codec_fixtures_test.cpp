// The fixtures of numcodecs: many arrays that its codecs encoded, decoded by those of ours that Zarr's metadata name.
#include "base/error.h"
#include "formats/zarr/codecs.h"
#include "support/files/test_files.h"

#include <catch2/catch_test_macros.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <map>
#include <span>
#include <string>

using namespace volary;

namespace {

namespace fs = std::filesystem;

std::span<const std::byte> bytesOf(const std::string& text) { return std::as_bytes(std::span(text)); }

/// The bytes of the array in a .npy file: all that stands behind its header.
std::string readNpy(const fs::path& file) {
  const std::string content = test::readAll(file);
  REQUIRE(content.size() > 10);
  REQUIRE(content[6] == 1);  // the version whose header length has 2 bytes
  const auto header = static_cast<std::size_t>(static_cast<unsigned char>(content[8])) +
                      static_cast<std::size_t>(static_cast<unsigned char>(content[9])) * 256;
  return content.substr(10 + header);
}

arrays::CodecChain makeChain(const nlohmann::json& config, std::size_t decodedBytes) {
  arrays::CodecChain chain(decodedBytes);
  arrays::ValueType type;
  zarr::addCodec(chain, config.at("id").get<std::string>(), config, type);
  return chain;
}

/// Calls `visit` with the codec's description, the array's bytes and the encoded bytes of every fixture.
template <typename Visit>
void forEachFixture(Visit visit) {
  const fs::path root = test::testData() / "codec-conformance/numcodecs";
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() != ".dat") continue;
    INFO(entry.path().string());
    const std::string number = entry.path().stem().extension().string();
    const fs::path codec = entry.path().parent_path();
    visit(nlohmann::json::parse(test::readAll(codec / "config.json")),
          readNpy(codec.parent_path() / ("array" + number + ".npy")), test::readAll(entry.path()));
  }
}

}  // namespace

TEST_CASE("every fixture of numcodecs decodes to the array that it was made of") {
  std::map<std::string, int> decodedOf;
  forEachFixture([&](const nlohmann::json& config, const std::string& array, const std::string& encoded) {
    DecodeScratch scratch;
    std::string decoded(array.size(), '\0');
    makeChain(config, array.size()).decode(bytesOf(encoded), std::as_writable_bytes(std::span(decoded)), scratch);
    CHECK((decoded == array));
    ++decodedOf[config.at("id").get<std::string>()];
  });
  for (const char* id : {"blosc", "bz2", "delta", "gzip", "lz4", "shuffle", "zlib", "zstd"}) CHECK(decodedOf[id] > 4);
}

TEST_CASE("a fixture that is cut off, or holds more than it should, is an error and no crash") {
  std::size_t tried = 0;
  forEachFixture([&](const nlohmann::json& config, const std::string& array, const std::string& encoded) {
    const std::string id = config.at("id").get<std::string>();
    if (array.size() < 16 || id == "delta" || id == "shuffle") return;
    DecodeScratch scratch;
    std::string decoded(array.size(), '\0');
    const auto out = std::as_writable_bytes(std::span(decoded));
    const arrays::CodecChain chain = makeChain(config, array.size());
    for (const std::size_t length : {std::size_t{0}, std::size_t{3}, encoded.size() / 2, encoded.size() - 1}) {
      INFO(length);
      CHECK_THROWS_AS(chain.decode(bytesOf(encoded).first(length), out, scratch), Error);
      ++tried;
    }
    // Data that decode to more than a chunk are refused, and nothing is written beyond the end.
    const arrays::CodecChain shorter = makeChain(config, array.size() - 1);
    CHECK_THROWS_AS(shorter.decode(bytesOf(encoded), out.first(array.size() - 1), scratch), Error);
    const arrays::CodecChain longer = makeChain(config, array.size() + 1);
    std::string larger(array.size() + 1, '\0');
    CHECK_THROWS_AS(longer.decode(bytesOf(encoded), std::as_writable_bytes(std::span(larger)), scratch), Error);
  });
  CHECK(tried > 1000);
}
