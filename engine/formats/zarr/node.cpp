#include "formats/zarr/node.h"

#include "base/error.h"
#include "formats/arrays/json_file.h"
#include "formats/zarr/zarr_array.h"
#include "storage/location.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace volary::zarr {

using arrays::findJsonFile;
using arrays::findMember;
using nlohmann::json;

namespace {

constexpr std::array<std::string_view, 5> kMetadataNames = {"zarr.json", ".zarray", ".zgroup", ".zattrs", ".zmetadata"};

json objectOrEmpty(const json* value) { return value && value->is_object() ? *value : json::object(); }

}  // namespace

bool isMetadataName(std::string_view name) { return std::ranges::find(kMetadataNames, name) != kMetadataNames.end(); }

bool hasMetadata(const Location& folder) {
  return std::ranges::any_of(kMetadataNames, [&](std::string_view name) { return (folder / name).isFile(); });
}

std::optional<Node> findNode(const Location& folder) {
  if (const auto content = findJsonFile(folder / "zarr.json")) {
    const std::string type = arrays::findText(*content, "node_type").value_or("");
    if (type != "group" && type != "array")
      fail("{}: its \"node_type\" is neither group nor array", (folder / "zarr.json").text());
    Node node{.folder = folder, .version = 3, .isArray = type == "array"};
    node.attributes = objectOrEmpty(findMember(*content, "attributes"));
    if (node.isArray) node.array = *content;
    return node;
  }
  std::optional<json> array = findJsonFile(folder / ".zarray");
  std::optional<json> attributes = findJsonFile(folder / ".zattrs");
  if (!array && !attributes && !hasMetadata(folder)) return std::nullopt;
  Node node{.folder = folder, .version = 2, .isArray = array.has_value()};
  node.attributes = objectOrEmpty(attributes ? &*attributes : nullptr);
  if (array) node.array = std::move(*array);
  return node;
}

const json& omeAttributes(const Node& node) {
  const json* ome = node.version == 3 ? findMember(node.attributes, "ome") : nullptr;
  return ome && ome->is_object() ? *ome : node.attributes;
}

OpenedArray openArray(const Node& node) {
  return nameInErrors(node.folder, [&]() -> OpenedArray {
    if (!node.isArray) fail("this is a Zarr group, not an array");
    ArrayMetadata metadata = node.version == 3 ? parseArrayV3(node.array) : parseArrayV2(node.array);
    std::vector<std::string> names = metadata.dimensionNames;
    // xarray names them this way in version 2.
    const json* stated = names.empty() ? findMember(node.attributes, "_ARRAY_DIMENSIONS") : nullptr;
    if (stated && stated->is_array() && stated->size() == metadata.layout.shape.size())
      for (const json& name : *stated) names.push_back(name.is_string() ? name.get<std::string>() : "");
    return {std::make_shared<ZarrArray>(node.folder, std::move(metadata)), std::move(names)};
  });
}

}  // namespace volary::zarr
