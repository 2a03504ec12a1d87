#pragma once

#include "storage/store.h"

#include <filesystem>
#include <memory>

namespace volary {

/// The file system of this machine. A key is a path, absolute or from the working directory.
const std::shared_ptr<Store>& localStore();

/// localStore()->find() for a path.
std::shared_ptr<ByteFile> findLocalFile(const std::filesystem::path& path);

/// Opens a file that must be there. Throws Error, "FILE: cause".
std::shared_ptr<ByteFile> openLocalFile(const std::filesystem::path& path);

}  // namespace volary
