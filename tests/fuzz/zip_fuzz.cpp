// Zip archives: each of their files is read or gives one sentence; nothing outside the archive is read, and little
// memory is taken.
#include "base/error.h"
#include "fuzz/fuzz_input.h"
#include "storage/zip_store.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

using namespace volary;
using namespace volary::test;

namespace {

class BytesInMemory final : public ByteFile {
 public:
  explicit BytesInMemory(std::vector<std::byte> bytes) : bytes_(std::move(bytes)) {
    version_.sizeBytes = bytes_.size();
  }
  const FileVersion& version() const override { return version_; }
  bool isAsOpened() const override { return true; }

 private:
  void read(std::uint64_t position, std::span<std::byte> out) const override {
    require(position + out.size() <= bytes_.size(), "bytes outside of the archive are read");
    std::memcpy(out.data(), bytes_.data() + position, out.size());
  }

  std::vector<std::byte> bytes_;
  FileVersion version_;
};

void readFolder(Store& store, const std::string& folder, int depth, std::size_t& left) {
  const auto entries = store.list(folder);
  require(entries.has_value(), "a folder that is listed can't be listed itself");
  for (const StoreEntry& entry : *entries) {
    if (left == 0) return;
    --left;
    const std::string key = folder.empty() ? entry.name : folder + "/" + entry.name;
    if (entry.kind == EntryKind::folder) {
      if (depth < 20) readFolder(store, key, depth + 1, left);
      continue;
    }
    const auto version = store.findVersion(key);
    require(version.has_value(), "a file that is listed is not there");
    try {
      const auto bytes = store.findBytes(key, 1 << 20);
      require(bytes && bytes->size() == version->sizeBytes, "a file has not the size that it is said to have");
    } catch (const Error&) {
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  FuzzInput input(bytes, count);
  try {
    const std::shared_ptr<Store> store = openZip(std::make_shared<BytesInMemory>(input.rest()), "archive");
    std::size_t left = 200;
    readFolder(*store, "", 0, left);
  } catch (const Error&) {
  }
  return 0;
}
