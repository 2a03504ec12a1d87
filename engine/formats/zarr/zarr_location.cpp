#include "formats/zarr/zarr_location.h"

#include "base/error.h"
#include "formats/arrays/json_file.h"
#include "formats/arrays/stored_file.h"
#include "formats/zarr/ome_metadata.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <system_error>
#include <vector>

namespace volary::zarr {

namespace {

using std::filesystem::path;

// A chunk's file lies as many folders below its array as that has axes, and one more for "c".
constexpr int kMaxSteps = 8;
// Names told to someone who picked a group of many images.
constexpr std::size_t kMaxNames = 8;

bool isSeries(const nlohmann::json& attributes) {
  return arrays::findMember(attributes, "bioformats2raw.layout") != nullptr;
}

std::optional<Located::Kind> kindOf(const Node& node) {
  if (node.isArray) return Located::Kind::array;
  const nlohmann::json& attributes = omeAttributes(node);
  if (hasMultiscales(attributes)) return Located::Kind::image;
  if (isPlate(attributes)) return Located::Kind::plate;
  if (isWell(attributes)) return Located::Kind::well;
  if (isSeries(attributes)) return Located::Kind::series;
  return std::nullopt;
}

/// Whether `inner` is, or leads to, a level of the image in `group`; or to a well of the plate.
bool contains(const Node& group, const path& inner) {
  const path relative = inner.lexically_relative(group.folder);
  const auto leadsTo = [&](const std::string& stated) {
    const path target = path(stated).lexically_normal();
    return std::mismatch(relative.begin(), relative.end(), target.begin(), target.end()).first == relative.end();
  };
  const nlohmann::json& attributes = omeAttributes(group);
  if (hasMultiscales(attributes)) {
    std::vector<std::string> ignored;
    return std::ranges::any_of(parseMultiscale(attributes, ignored).levels,
                               [&](const OmeLevel& level) { return leadsTo(level.path); });
  }
  // What bioformats2raw keeps of the metadata stands in a folder of a plate as well.
  if (relative == "OME") return isPlate(attributes) || isSeries(attributes);
  return isPlate(attributes) && std::ranges::any_of(parseWellPaths(attributes), leadsTo);
}

/// The image, plate or series above `folder` that it is a part of.
std::optional<Node> findOwner(const path& folder) {
  path above = folder;
  for (int step = 0; step < kMaxSteps && above.has_relative_path(); ++step) {
    above = above.parent_path();
    const std::optional<Node> node = findNode(above);
    if (node && !node->isArray && contains(*node, folder)) return node;
  }
  return std::nullopt;
}

[[noreturn]] void refuseGroup(const Node& group) {
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(group.folder, error), end; !error && entry != end;
       entry.increment(error))
    if (hasMetadata(entry->path())) names.push_back(entry->path().filename().string());
  std::ranges::sort(names);
  if (names.empty()) fail("{}: this is an empty Zarr group, there is nothing to show", group.folder.string());
  const std::size_t more = names.size() - std::min(names.size(), kMaxNames);
  names.resize(std::min(names.size(), kMaxNames));
  fail("{}: this is a Zarr group that is no image itself; open one of those in it: {}{}", group.folder.string(),
       fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

std::optional<path> findNodeFolder(const path& picked) {
  path folder = arrays::absoluteOf(picked);
  for (int step = 0; step <= kMaxSteps; ++step) {
    if (hasMetadata(folder)) return folder;
    if (!folder.has_relative_path()) break;
    folder = folder.parent_path();
  }
  return std::nullopt;
}

Located locate(const path& picked) {
  const std::optional<path> folder = findNodeFolder(picked);
  if (!folder) fail("{}: this is not inside of a Zarr folder", picked.string());
  Located located{.node = findNode(*folder).value()};
  std::optional<Located::Kind> kind = kindOf(located.node);
  // A level is shown with the others of its image, a row of wells with its plate.
  if (!kind || *kind == Located::Kind::array) {
    if (std::optional<Node> owner = findOwner(*folder)) {
      located.note = fmt::format("{} is a part of {}, which is shown", picked.string(), owner->folder.string());
      located.node = std::move(*owner);
      kind = kindOf(located.node);
    }
  }
  if (!kind) refuseGroup(located.node);
  located.kind = *kind;
  return located;
}

}  // namespace volary::zarr
