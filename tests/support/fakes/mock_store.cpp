#include "support/fakes/mock_store.h"

#include "support/files/test_files.h"

#include <algorithm>
#include <utility>

namespace volary::test {

class MockStore::File final : public ByteFile {
 public:
  File(MockStore& store, std::string key, std::shared_ptr<const Content> content)
      : store_(store), key_(std::move(key)), content_(std::move(content)), version_(versionOf(*content_)) {}

  const FileVersion& version() const override { return version_; }
  bool isAsOpened() const override { return store_.findVersion(key_) == version_; }

 private:
  void read(std::uint64_t position, std::span<std::byte> out) const override {
    store_.read(key_, *content_, position, out);
  }

  MockStore& store_;
  const std::string key_;
  const std::shared_ptr<const Content> content_;
  const FileVersion version_;
};

MockStore::MockStore(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    const std::string key = std::filesystem::relative(entry.path(), folder).generic_string();
    if (entry.is_directory()) {
      folders_.insert(key);
      continue;
    }
    const std::string text = readAll(entry.path());
    const auto bytes = std::as_bytes(std::span(text));
    files_[key] = std::make_shared<Content>(Content{{bytes.begin(), bytes.end()}, ++lastVersion_});
  }
}

FileVersion MockStore::versionOf(const Content& content) {
  return {.sizeBytes = content.bytes.size(), .modifiedNs = content.version, .tag = {}};
}

void MockStore::failReads(Fails fails) {
  const std::lock_guard lock(mutex_);
  fails_ = std::move(fails);
}

void MockStore::overwrite(const std::string& key, std::vector<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  Content& content = *files_.at(key);
  content.bytes = std::move(bytes);
  content.version = ++lastVersion_;
}

void MockStore::replace(const std::string& key, std::vector<std::byte> bytes) {
  const std::lock_guard lock(mutex_);
  files_.at(key) = std::make_shared<Content>(Content{std::move(bytes), ++lastVersion_});
}

std::vector<std::byte> MockStore::bytes(const std::string& key) const {
  const std::lock_guard lock(mutex_);
  return files_.at(key)->bytes;
}

std::vector<std::string> MockStore::keys() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> keys;
  for (const auto& [key, content] : files_) keys.push_back(key);
  return keys;
}

void MockStore::read(const std::string& key, const Content& content, std::uint64_t position, std::span<std::byte> out) {
  ++reads_;
  const std::lock_guard lock(mutex_);
  if (fails_ && fails_(key, {position, out.size()})) throw ReadError("the mock store is asleep");
  if (position + out.size() > content.bytes.size())
    throw ReadError(fmt::format("the file has become shorter, {} bytes at {} are gone", out.size(), position));
  std::copy_n(content.bytes.begin() + static_cast<std::ptrdiff_t>(position), out.size(), out.begin());
}

std::shared_ptr<ByteFile> MockStore::find(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(key);
  return found == files_.end() ? nullptr : std::make_shared<File>(*this, key, found->second);
}

std::optional<EntryKind> MockStore::findKind(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (files_.contains(key)) return EntryKind::file;
  return folders_.contains(key) ? std::optional(EntryKind::folder) : std::nullopt;
}

std::optional<FileVersion> MockStore::findVersion(const std::string& key) {
  const std::lock_guard lock(mutex_);
  const auto found = files_.find(key);
  return found == files_.end() ? std::nullopt : std::optional(versionOf(*found->second));
}

std::optional<std::vector<StoreEntry>> MockStore::list(const std::string& key) {
  const std::lock_guard lock(mutex_);
  if (!folders_.contains(key)) return std::nullopt;
  const std::string above = key.empty() ? "" : key + "/";
  std::vector<StoreEntry> entries;
  const auto add = [&](const std::string& other, EntryKind kind) {
    if (other.size() > above.size() && other.starts_with(above) && other.find('/', above.size()) == other.npos)
      entries.push_back({other.substr(above.size()), kind});
  };
  for (const auto& [other, content] : files_) add(other, EntryKind::file);
  for (const std::string& other : folders_) add(other, EntryKind::folder);
  return entries;
}

}  // namespace volary::test
