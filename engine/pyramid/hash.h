#pragma once

#include <cstdint>

namespace volary {

/// Mixes `value` into `seed`, with the finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of both reaches
/// every bit of the result.
constexpr std::uint64_t hashCombine(std::uint64_t seed, std::uint64_t value) {
  std::uint64_t z = seed * 0x9e3779b97f4a7c15u + value + 0x9e3779b97f4a7c15u;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  return z ^ (z >> 31);
}

}  // namespace volary
