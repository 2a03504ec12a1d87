#pragma once

#include <filesystem>
#include <string>

namespace volary::os {

/// Makes the kernel forget what it holds of a file that is not being written, and looks whether it did. Empty, or one
/// sentence why the file is still in memory. Needs no privilege. The disk's own memory is out of reach.
std::string dropFromPageCache(const std::filesystem::path& file);

}  // namespace volary::os
