#pragma once

#include "formats/hdf5/attribute.h"
#include "formats/hdf5/object_header.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace volary::hdf5 {

class File;

/// Opens the file that an external link in `from` names, as written; `object` is the rest of the way, in that file. It
/// is the caller's business to know where to look (stale absolute paths, backslashes). Returns nullptr if the file
/// can't be found: then the link leads nowhere.
using OpenExternal =
    std::function<std::shared_ptr<const File>(const File& from, const std::string& name, const std::string& object)>;

/// A group or a dataset of a file, with its description. Immutable; any thread. Errors name the file.
class Object {
 public:
  static Object root(std::shared_ptr<const File> file);

  const std::shared_ptr<const File>& file() const { return file_; }
  const ObjectHeader& header() const { return *header_; }

  /// The object at a path, "a/b/c", from here, or from the file's root if it begins with "/". Follows hard, soft and
  /// external links. Nothing if a name is missing; throws Error if the way is damaged or leads in a circle.
  std::optional<Object> find(const std::string& path, const OpenExternal& openExternal) const;

  bool isGroup() const;

  /// The names in a group, sorted; empty for other objects. Throws Error if there are more than `maxNames`.
  std::vector<std::string> children(std::size_t maxNames) const;

  /// The attribute of that name.
  std::optional<Attribute> findAttribute(const std::string& name) const;

  /// The names of all attributes, sorted.
  std::vector<std::string> attributeNames() const;

  /// A string attribute. An array of strings is joined, as Imaris writes a text letter by letter. Nothing if there is
  /// no attribute of that name, or if it is not a string. Throws Error if it is longer than `maxBytes`.
  std::optional<std::string> findText(const std::string& name, std::size_t maxBytes) const;

 private:
  Object(std::shared_ptr<const File> file, std::uint64_t address);

  std::shared_ptr<const File> file_;
  std::shared_ptr<const ObjectHeader> header_;
};

}  // namespace volary::hdf5
