#include "formats/zarr/zarr_location.h"

#include "base/error.h"
#include "formats/arrays/json_file.h"
#include "formats/zarr/ome_metadata.h"
#include "storage/location.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace volary::zarr {

namespace {

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
bool contains(const Node& group, const Location& inner) {
  const auto leadsTo = [&](const std::string& stated) {
    const std::optional<Location> target = group.folder.findInside(stated);
    return target && target->isAtOrBelow(inner);
  };
  const nlohmann::json& attributes = omeAttributes(group);
  if (hasMultiscales(attributes)) {
    std::vector<std::string> ignored;
    return std::ranges::any_of(parseMultiscale(attributes, ignored).levels,
                               [&](const OmeLevel& level) { return leadsTo(level.path); });
  }
  // The metadata that bioformats2raw keeps are in a folder of a plate as well.
  if (inner == group.folder / "OME") return isPlate(attributes) || isSeries(attributes);
  return isPlate(attributes) && std::ranges::any_of(parseWellPaths(attributes), leadsTo);
}

/// The image, plate or series above `folder` that it is a part of.
std::optional<Node> findOwner(const Location& folder) {
  Location above = folder;
  for (int step = 0; step < kMaxSteps && above.hasParent(); ++step) {
    above = above.parent();
    const std::optional<Node> node = findNode(above);
    if (node && !node->isArray && contains(*node, folder)) return node;
  }
  return std::nullopt;
}

[[noreturn]] void refuseGroup(const Node& group) {
  std::vector<std::string> names;
  for (const StoreEntry& entry : group.folder.list().value_or(std::vector<StoreEntry>()))
    if (hasMetadata(group.folder / entry.name)) names.push_back(entry.name);
  std::ranges::sort(names);
  if (names.empty()) fail("{}: this is an empty Zarr group, there is nothing to show", group.folder.text());
  const std::size_t more = names.size() - std::min(names.size(), kMaxNames);
  names.resize(std::min(names.size(), kMaxNames));
  fail("{}: this is a Zarr group that is no image itself; open one of those in it: {}{}", group.folder.text(),
       fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

}  // namespace

std::optional<Location> findNodeFolder(const Location& picked) {
  Location folder = picked.absolute();
  for (int step = 0; step <= kMaxSteps; ++step) {
    if (hasMetadata(folder)) return folder;
    if (!folder.hasParent()) break;
    folder = folder.parent();
  }
  return std::nullopt;
}

Located locate(const Location& picked) {
  const std::optional<Location> folder = findNodeFolder(picked);
  if (!folder) fail("{}: this is not inside of a Zarr folder", picked.text());
  Located located{.node = findNode(*folder).value()};
  std::optional<Located::Kind> kind = kindOf(located.node);
  // A level is shown with the others of its image, a row of wells with its plate.
  if (!kind || *kind == Located::Kind::array) {
    if (std::optional<Node> owner = findOwner(*folder)) {
      located.note = fmt::format("{} is a part of {}, which is shown", picked.text(), owner->folder.text());
      located.node = std::move(*owner);
      kind = kindOf(located.node);
    }
  }
  if (!kind) refuseGroup(located.node);
  located.kind = *kind;
  return located;
}

}  // namespace volary::zarr
