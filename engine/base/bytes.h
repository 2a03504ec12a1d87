#pragma once

#include <cstdint>
#include <string>

namespace volary {

inline constexpr std::uint64_t kKiB = 1024;
inline constexpr std::uint64_t kMiB = 1024 * kKiB;
inline constexpr std::uint64_t kGiB = 1024 * kMiB;

/// A byte count for people, with three significant digits and binary units: "512 B", "1.50 KiB", "34.4 MiB".
std::string formatBytes(std::uint64_t bytes);

}  // namespace volary
