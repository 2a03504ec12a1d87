#pragma once

#include "storage/store.h"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace volary::test {

/// A store in memory whose files change, end early and can't be read when the test says so. Keys are "folder/name". Any
/// thread.
class MockStore final : public Store {
 public:
  /// Holds everything that lies in a folder of this machine.
  explicit MockStore(const std::filesystem::path& folder);

  /// Which reads fail: by key and range. None at first.
  using Fails = std::function<bool(const std::string&, const ByteRange&)>;
  void failReads(Fails fails);

  /// Writes into the existing file: whoever has it open sees that. Each call makes another version of it.
  void overwrite(const std::string& key, std::vector<std::byte> bytes);
  /// Puts another file in its place: whoever has the old one open still reads that one.
  void replace(const std::string& key, std::vector<std::byte> bytes);
  std::vector<std::byte> bytes(const std::string& key) const;
  std::vector<std::string> keys() const;

  std::uint64_t reads() const { return reads_; }

  std::shared_ptr<ByteFile> find(const std::string& key) override;
  std::optional<EntryKind> findKind(const std::string& key) override;
  std::optional<FileVersion> findVersion(const std::string& key) override;
  std::optional<std::vector<StoreEntry>> list(const std::string& key) override;
  std::string describe(const std::string& key) const override { return "mock:" + key; }

 private:
  struct Content {
    std::vector<std::byte> bytes;
    std::int64_t version = 0;
  };
  class File;

  static FileVersion versionOf(const Content& content);
  void read(const std::string& key, const Content& content, std::uint64_t position, std::span<std::byte> out);

  mutable std::mutex mutex_;  ///< guards all that follows, and what contents hold
  std::map<std::string, std::shared_ptr<Content>> files_;
  std::set<std::string> folders_ = {""};
  std::int64_t lastVersion_ = 0;
  Fails fails_;
  std::atomic<std::uint64_t> reads_ = 0;
};

}  // namespace volary::test
