#pragma once

#include "formats/hdf5/cursor.h"

#include <cstdint>
#include <string>

namespace volary::hdf5 {

enum class LinkKind { hard, soft, external, other };

/// One name in a group.
struct Link {
  std::string name;
  LinkKind kind = LinkKind::hard;
  std::uint64_t address = kUndefinedAddress;  ///< hard: of the object's header
  std::string target;                         ///< soft and external: the path of the object
  std::string file;                           ///< external: as written, not resolved
};

/// HDF5 file format, IV.A.2.g "Link".
Link parseLink(Cursor cursor);

}  // namespace volary::hdf5
