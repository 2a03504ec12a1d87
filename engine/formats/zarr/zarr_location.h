#pragma once

#include "formats/zarr/node.h"
#include "storage/location.h"

#include <optional>
#include <string>

namespace volary::zarr {

/// The part of a Zarr hierarchy that a path means.
struct Located {
  enum class Kind : unsigned char { image, array, plate, well, series };
  Kind kind = Kind::image;
  Node node;
  std::string note;  ///< a sentence that says why this is shown, and not what was picked; may be empty
};

/// The group or array that a folder, or a file in it, belongs to: at or above it, a few steps at most.
std::optional<Location> findNodeFolder(const Location& picked);

/// What is to be shown for a path: the image that a level, chunk or metadata file belongs to, the plate that a row
/// belongs to. Throws Error, one sentence that says what there is, if that is not clear.
Located locate(const Location& picked);

}  // namespace volary::zarr
