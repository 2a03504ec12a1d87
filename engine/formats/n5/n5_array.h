#pragma once

#include "formats/arrays/json_file.h"
#include "formats/arrays/stored_array.h"
#include "storage/location.h"

#include <memory>
#include <optional>

namespace volary::n5 {

using arrays::Json;

/// The content of the folder's attributes.json; nothing if there is none. Throws Error, "FILE: cause".
std::optional<Json> findAttributes(const Location& folder);

/// Whether the attributes are those of a dataset, not of a group.
bool isDataset(const Json& attributes);

/// An N5 dataset for reading. The file's order of axes, x first, is reversed: the layout's last axis is x. Throws
/// Error, "FOLDER: cause", if it can't be shown.
std::shared_ptr<const arrays::StoredArray> openDataset(const Location& folder, const Json& attributes);

}  // namespace volary::n5
