#include "render/transfer_block.h"

#include <algorithm>
#include <cmath>

namespace volary {

namespace {

constexpr std::size_t kEntries = shared::kTransferEntries;

/// An opaque entry's extinction would be infinite: instead, this much of what lies behind it is left.
constexpr float kLeastThrough = 1e-6f;

}  // namespace

TransferBlock makeTransferBlock(const std::array<vec4, kTransferTableSize>& table) {
  TransferBlock block{.colours = table, .nextVisible = {}, .medium = {}, .integral = {}};
  std::uint32_t next = shared::kTransferEntries;
  for (std::size_t i = kEntries; i-- > 0;) {
    if (table[i].a > 0.0f) next = static_cast<std::uint32_t>(i);
    block.nextVisible[i] = next;
  }
  glm::dvec4 sum(0.0);
  for (std::size_t i = 0; i < kEntries; ++i) {
    const float extinction = -std::log(std::max(1.0f - table[i].a, kLeastThrough));
    block.medium[i] = extinction * vec4(vec3(table[i]), 1.0f);
    if (i > 0) sum += 0.5 * (glm::dvec4(block.medium[i - 1]) + glm::dvec4(block.medium[i]));
    block.integral[i] = vec4(sum);
  }
  return block;
}

bool isSharp(const std::array<vec4, kTransferTableSize>& table) {
  // Compares what a sample shows with the average over its neighbourhood, a 32nd of the range.
  constexpr int kReach = 4;
  constexpr float kTolerance = 0.05f;
  const auto shownAt = [&](int i) {
    const vec4& entry = table[static_cast<std::size_t>(std::clamp(i, 0, int(kEntries) - 1))];
    return entry.a * vec4(vec3(entry), 1.0f);
  };
  float greatest = 0.0f, worst = 0.0f;
  for (int i = 0; i < int(kEntries); ++i) {
    vec4 mean = 0.5f * (shownAt(i - kReach) + shownAt(i + kReach));
    for (int j = i - kReach + 1; j < i + kReach; ++j) mean += shownAt(j);
    const vec4 off = glm::abs(mean / float(2 * kReach) - shownAt(i));
    worst = std::max({worst, off.r, off.g, off.b, off.a});
    greatest = std::max(greatest, shownAt(i).a);
  }
  return worst > kTolerance * greatest;
}

}  // namespace volary
