#pragma once

#include "formats/arrays/stored_array.h"
#include "storage/location.h"

#include <nlohmann/json.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace volary::zarr {

/// A folder of a Zarr hierarchy: a group or an array.
struct Node {
  Location folder;
  int version = 2;  ///< of Zarr's format, 2 or 3
  bool isArray = false;
  nlohmann::json attributes;  ///< an object; in version 2 the content of .zattrs
  nlohmann::json array;       ///< of an array: what .zarray or zarr.json says
};

/// What the folder's metadata say; nothing if it has none. Throws Error if they can't be understood.
std::optional<Node> findNode(const Location& folder);

/// Whether the folder has metadata of a group or array, or the file is one.
bool isMetadataName(std::string_view name);
bool hasMetadata(const Location& folder);

/// The attributes that OME-NGFF defines: in version 0.5 and later they are in "ome".
const nlohmann::json& omeAttributes(const Node& node);

/// An array for reading, and the names of its axes if the metadata have them (else empty).
struct OpenedArray {
  std::shared_ptr<const arrays::StoredArray> array;
  std::vector<std::string> dimensionNames;
};

/// Throws Error, "FOLDER: cause", if `node` is no array that can be shown.
OpenedArray openArray(const Node& node);

}  // namespace volary::zarr
