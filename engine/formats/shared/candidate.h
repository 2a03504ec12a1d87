#pragma once

#include "storage/location.h"

#include <cstddef>
#include <memory>
#include <string>

namespace volary {

constexpr std::size_t kHeadBytes = 512;

/// What is there where the user pointed: as much as it takes to tell one format from another.
struct Candidate {
  Location location;  ///< exists, and is a regular file or a folder
  bool isFolder = false;
  std::shared_ptr<const ByteFile> file;  ///< null for a folder
  std::string head;  ///< the first kHeadBytes of a file, fewer if it is shorter; empty for a folder, never for a file
};

}  // namespace volary
