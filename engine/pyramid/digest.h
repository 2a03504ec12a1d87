#pragma once

#include "pyramid/hash.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace volary {

/// `text` as 16 hexadecimal digits that differ where it does, but for chance.
inline std::string digestOf(std::string_view text) {
  std::uint64_t hash = text.size();
  for (const char c : text) hash = hashCombine(hash, static_cast<unsigned char>(c));
  return fmt::format("{:016x}", hash);
}

}  // namespace volary
