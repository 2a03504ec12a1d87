#pragma once

#include "pyramid/hash.h"

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace volary {

/// A digest of `text`, 16 hexadecimal digits: the digests of different texts differ, except by chance.
inline std::string digestOf(std::string_view text) {
  std::uint64_t hash = text.size();
  for (const char c : text) hash = hashCombine(hash, static_cast<unsigned char>(c));
  return fmt::format("{:016x}", hash);
}

}  // namespace volary
