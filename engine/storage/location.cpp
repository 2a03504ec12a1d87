#include "storage/location.h"

#include "storage/local_store.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>

namespace volary {

namespace {

/// "a//./b/" -> "a/b"; nothing if ".." leads out of it, or it is absolute.
std::optional<std::string> normalOf(std::string_view relative) {
  if (relative.starts_with('/') || relative.find('\0') != relative.npos) return std::nullopt;
  std::vector<std::string_view> parts;
  while (!relative.empty()) {
    const std::string_view part = relative.substr(0, relative.find('/'));
    relative.remove_prefix(std::min(part.size() + 1, relative.size()));
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
    } else {
      if (parts.empty()) return std::nullopt;
      parts.pop_back();
    }
  }
  return fmt::format("{}", fmt::join(parts, "/"));
}

}  // namespace

bool isPlainName(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find_first_of(std::string_view("/\\\0", 3)) == name.npos;
}

Location::Location(const std::filesystem::path& path) : store_(localStore()), key_(path.generic_string()) {}

std::optional<std::filesystem::path> Location::localPath() const {
  if (store_ != localStore()) return std::nullopt;
  return std::filesystem::path(key_);
}

Location Location::operator/(std::string_view relative) const {
  if (relative.empty()) return *this;
  if (key_.empty() || key_.ends_with('/')) return {store_, key_ + std::string(relative)};
  return {store_, key_ + "/" + std::string(relative)};
}

std::optional<Location> Location::findInside(std::string_view relative) const {
  const std::optional<std::string> normal = normalOf(relative);
  return normal ? std::optional(*this / *normal) : std::nullopt;
}

Location Location::inside(std::string_view relative) const {
  const std::optional<Location> found = findInside(relative);
  if (!found) fail("the path \"{}\" leads out of the folder", relative);
  return *found;
}

std::optional<Location> Location::findStated(std::string_view stated) const {
  if (const std::optional<std::filesystem::path> folder = localPath())
    return Location((*folder / std::filesystem::path(stated)).lexically_normal());
  if (stated.starts_with('/')) return std::nullopt;
  const std::optional<std::string> normal = normalOf(key_ + "/" + std::string(stated));
  return normal ? std::optional(Location(store_, *normal)) : std::nullopt;
}

bool Location::hasParent() const { return !key_.empty() && key_ != "/"; }

Location Location::parent() const {
  const std::size_t slash = key_.find_last_of('/');
  if (slash == key_.npos) return {store_, ""};
  return {store_, slash == 0 ? "/" : key_.substr(0, slash)};
}

std::string Location::name() const {
  const std::size_t slash = key_.find_last_of('/');
  return slash == key_.npos ? key_ : key_.substr(slash + 1);
}

std::string Location::extension() const {
  const std::string last = name();
  const std::size_t dot = last.find_last_of('.');
  return dot == last.npos || dot == 0 ? "" : last.substr(dot);
}

std::string Location::stem() const {
  const std::string last = name();
  return last.substr(0, last.size() - extension().size());
}

Location Location::withExtension(std::string_view extension) const {
  const std::size_t length = key_.size() - this->extension().size();
  return {store_, key_.substr(0, length) + std::string(extension)};
}

bool Location::isAtOrBelow(const Location& folder) const {
  if (store_ != folder.store_) return false;
  if (key_ == folder.key_ || folder.key_.empty()) return true;
  return key_.starts_with(folder.key_.ends_with('/') ? folder.key_ : folder.key_ + "/");
}

Location Location::absolute() const {
  const std::optional<std::filesystem::path> path = localPath();
  if (!path) return *this;
  std::error_code error;
  std::filesystem::path absolute = std::filesystem::absolute(*path, error).lexically_normal();
  if (error) absolute = *path;
  // "a/b/" ends in an empty name.
  return absolute.has_filename() ? absolute : absolute.parent_path();
}

std::shared_ptr<ByteFile> Location::open() const {
  return nameInErrors(*this, [&] {
    std::shared_ptr<ByteFile> file = find();
    if (!file) fail("{}", systemErrorText(ENOENT));
    return file;
  });
}

}  // namespace volary
