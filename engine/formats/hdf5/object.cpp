#include "formats/hdf5/object.h"

#include "formats/hdf5/file.h"
#include "formats/hdf5/group.h"
#include "formats/hdf5/named_errors.h"

#include <algorithm>

namespace volary::hdf5 {

namespace {

// Soft and external links on one way. The library allows 16; more is a circle.
constexpr int kMaxLinks = 32;
constexpr std::size_t kMaxPathBytes = std::size_t{1} << 16;

/// Removes the first name from a path and returns it; empty at its end. Repeated slashes and "." are ignored.
std::string takeName(std::string& path) {
  std::string name;
  while (!path.empty() && (name.empty() || name == ".")) {
    const std::size_t end = std::min(path.find('/'), path.size());
    name = path.substr(0, end);
    path.erase(0, end + 1);
  }
  return name == "." ? std::string() : name;
}

}  // namespace

Object::Object(std::shared_ptr<const File> file, std::uint64_t address) : file_(std::move(file)) {
  header_ = nameFileInErrors(file_->location(),
                             [&] { return std::make_shared<const ObjectHeader>(readObjectHeader(*file_, address)); });
}

Object Object::root(std::shared_ptr<const File> file) {
  const std::uint64_t address = file->superblock().rootHeader;
  return {std::move(file), address};
}

std::optional<Object> Object::find(const std::string& path, const OpenExternal& openExternal) const {
  Object current = *this;
  std::string rest = path;
  int links = 0;
  // A path that begins with a slash starts at the root of the current file.
  const auto startAtRoot = [&] {
    if (rest.starts_with('/')) current = root(current.file_);
  };
  startAtRoot();
  for (std::string name = takeName(rest); !name.empty(); name = takeName(rest)) {
    const Location file = current.file_->location();
    const std::optional<Link> link =
        nameFileInErrors(file, [&] { return findLink(*current.file_, *current.header_, name); });
    if (!link) return std::nullopt;
    if (link->kind == LinkKind::hard) {
      current = Object(current.file_, link->address);
      continue;
    }
    if (++links > kMaxLinks || rest.size() > kMaxPathBytes) fail("{}: {} is linked in a circle", file.text(), path);
    rest = rest.empty() ? link->target : link->target + "/" + rest;
    if (link->kind == LinkKind::other) failUnsupported("{}: {} is a link of an unknown kind", file.text(), name);
    if (link->kind == LinkKind::external) {
      const std::shared_ptr<const File> other = openExternal ? openExternal(*current.file_, link->file, rest) : nullptr;
      if (!other) return std::nullopt;
      current = root(other);
    }
    startAtRoot();
  }
  return current;
}

bool Object::isGroup() const { return hdf5::isGroup(*header_); }

std::vector<std::string> Object::children(std::size_t maxNames) const {
  std::vector<std::string> names;
  nameFileInErrors(file_->location(), [&] {
    visitLinks(*file_, *header_, [&](const Link& link) {
      if (names.size() == maxNames) fail("a group has more than {} links", maxNames);
      names.push_back(link.name);
      return true;
    });
  });
  std::ranges::sort(names);
  return names;
}

std::optional<Attribute> Object::findAttribute(const std::string& name) const {
  std::optional<Attribute> found;
  nameFileInErrors(file_->location(), [&] {
    visitAttributes(*file_, *header_, name, [&](const Attribute& attribute) {
      found = attribute;
      return false;
    });
  });
  return found;
}

std::vector<std::string> Object::attributeNames() const {
  std::vector<std::string> names;
  nameFileInErrors(file_->location(), [&] {
    visitAttributes(*file_, *header_, std::nullopt, [&](const Attribute& attribute) {
      names.push_back(attribute.name);
      return true;
    });
  });
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> Object::findText(const std::string& name, std::size_t maxBytes) const {
  const std::optional<Attribute> attribute = findAttribute(name);
  if (!attribute || !attribute->type.isString()) return std::nullopt;
  std::string text;
  nameFileInErrors(file_->location(), [&] {
    for (const std::string& part : readStrings(*file_, *attribute, maxBytes)) text += part;
  });
  return text;
}

}  // namespace volary::hdf5
