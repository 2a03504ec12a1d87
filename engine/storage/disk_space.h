#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

namespace volary {

/// Bytes that may be written to the folder's file system; nothing if that is not known.
std::optional<std::uint64_t> freeBytes(const std::filesystem::path& folder);

}  // namespace volary
