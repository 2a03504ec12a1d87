#pragma once

#include "storage/store.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volary {

/// A place in a store, where a file or a folder may be. A value, cheap to copy. Parts of its key are separated by "/".
class Location {
 public:
  Location() = default;
  Location(std::shared_ptr<Store> store, std::string key) : store_(std::move(store)), key_(std::move(key)) {}
  /// A path is a place on this machine.
  Location(const std::filesystem::path& path);

  Store& store() const { return *store_; }
  const std::string& key() const { return key_; }

  /// How people name it, for errors and titles: a path, an address.
  std::string text() const { return store_ ? store_->describe(key_) : key_; }
  /// The path, if it is on this machine.
  std::optional<std::filesystem::path> localPath() const;

  /// What lies below it. `relative` has no ".." and does not begin with "/"; see inside().
  Location operator/(std::string_view relative) const;
  /// `relative`, as a file's metadata states it, below this; nothing if it is absolute or leads out of it.
  std::optional<Location> findInside(std::string_view relative) const;
  /// The same; throws Error where there is nothing.
  Location inside(std::string_view relative) const;
  /// What a file in this folder means by `stated`: an absolute path, or one from this folder on, which may lead up.
  /// Nothing if it leads out of the store.
  std::optional<Location> findStated(std::string_view stated) const;
  bool hasParent() const;
  Location parent() const;
  std::string name() const;       ///< the last part
  std::string stem() const;       ///< the name without its extension
  std::string extension() const;  ///< from the last dot of the name on, ".tif"; empty if there is none
  Location withExtension(std::string_view extension) const;
  bool isAtOrBelow(const Location& folder) const;

  /// A local path as an absolute one without "." and "..", nor a "/" at its end; any other location as it is.
  Location absolute() const;

  /// As the store's functions of these names; errors lack the name.
  std::shared_ptr<ByteFile> find() const { return store_->find(key_); }
  std::optional<std::vector<std::byte>> findBytes(std::uint64_t maxBytes) const {
    return store_->findBytes(key_, maxBytes);
  }
  std::optional<FileVersion> findVersion() const { return store_->findVersion(key_); }
  std::optional<std::vector<StoreEntry>> list() const { return store_->list(key_); }
  bool isFile() const { return store_->findKind(key_) == EntryKind::file; }
  bool isFolder() const { return store_->findKind(key_) == EntryKind::folder; }
  bool exists() const { return store_->findKind(key_).has_value(); }

  /// A file that must be there. Throws Error, "NAME: cause".
  std::shared_ptr<ByteFile> open() const;

  bool operator==(const Location& other) const { return store_ == other.store_ && key_ == other.key_; }
  auto operator<=>(const Location& other) const {
    return store_ == other.store_ ? key_ <=> other.key_ : store_.get() <=> other.store_.get();
  }

 private:
  std::shared_ptr<Store> store_;
  std::string key_;
};

/// Whether a file's metadata name a file beside it, and no way to another place.
bool isPlainName(std::string_view name);

/// Calls `action`; an Error of it gets the location's name in front, "NAME: cause", unless it is there already. A
/// ReadError stays one.
template <typename Action>
auto nameInErrors(const Location& location, Action action) {
  const auto named = [&](const std::string_view words) {
    const std::string name = location.text();
    return words.starts_with(name) ? std::string(words) : fmt::format("{}: {}", name, words);
  };
  try {
    return action();
  } catch (const ReadError& error) {
    throw ReadError(named(error.what()));
  } catch (const Error& error) {
    throw Error(named(error.what()));
  }
}

}  // namespace volary
