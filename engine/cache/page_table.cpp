#include "cache/page_table.h"

#include "pyramid/overlap.h"

#include <algorithm>
#include <bit>
#include <cassert>

namespace volary {

namespace {

using shared::PageTableEntry;

glm::uvec3 keyOf(std::uint32_t image, int level, const ivec3& brick) {
  assert(brick.x < 1 << 22 && brick.y < 1 << 22 && level < 32 && image < 1 << 15);
  return shared::packPageKey(image, static_cast<std::uint32_t>(level), glm::uvec3(brick));
}

/// The index of the entry with this key, or of the empty entry that ends its probe sequence; the number of
/// probes.
struct Probe {
  std::size_t index = 0;
  std::uint32_t count = 0;
};
Probe probe(std::span<const PageTableEntry> entries, const glm::uvec3& key) {
  const std::size_t mask = entries.size() - 1;
  Probe at{.index = shared::hashPageKey(key) & mask, .count = 1};
  while (entries[at.index].slot != shared::kPageTableEmpty) {
    const PageTableEntry& entry = entries[at.index];
    if (entry.key0 == key.x && entry.key1 == key.y && entry.key2 == key.z) break;
    at.index = (at.index + 1) & mask;
    ++at.count;
  }
  return at;
}

std::uint32_t imageIndex(std::span<const PageTableImage> images, ImageId image) {
  const auto found = std::ranges::find(images, image, &PageTableImage::image);
  assert(found != images.end());
  return static_cast<std::uint32_t>(found - images.begin());
}

}  // namespace

PageTable makePageTable(std::span<const PageTableImage> images, std::span<const ResidentBrick> bricks) {
  PageTable table;
  const PageTableEntry empty{.key0 = 0, .key1 = 0, .key2 = 0, .slot = shared::kPageTableEmpty, .flags = 0};
  table.entries.assign(std::bit_ceil(std::max<std::size_t>(2 * bricks.size(), 2)), empty);

  for (const ResidentBrick& brick : bricks) {
    assert(brick.slot != shared::kPageTableEmpty);
    const glm::uvec3 key = keyOf(imageIndex(images, brick.key.image), brick.key.level, brick.key.brick);
    const Probe at = probe(table.entries, key);
    table.entries[at.index] = {.key0 = key.x, .key1 = key.y, .key2 = key.z, .slot = brick.slot, .flags = 0};
    table.maxProbe = std::max(table.maxProbe, at.count);
  }

  // A brick tells the coarser ones above it, of which there are more than one where the factors do not nest.
  for (const ResidentBrick& brick : bricks) {
    const std::uint32_t image = imageIndex(images, brick.key.image);
    const std::vector<LevelInfo>& levels = images[image].pyramid->levels;
    const int coarser = brick.key.level + 1;
    if (coarser == static_cast<int>(levels.size())) continue;
    const BrickRange above = overlappingBricks(levels[brick.key.level], brick.key.brick, levels[coarser]);
    ivec3 b;
    for (b.z = above.begin.z; b.z < above.end.z; ++b.z)
      for (b.y = above.begin.y; b.y < above.end.y; ++b.y)
        for (b.x = above.begin.x; b.x < above.end.x; ++b.x) {
          PageTableEntry& entry = table.entries[probe(table.entries, keyOf(image, coarser, b)).index];
          if (entry.slot != shared::kPageTableEmpty) entry.flags |= shared::kPageHasFiner;
        }
  }
  return table;
}

const PageTableEntry* findEntry(const PageTable& table, std::uint32_t image, int level, const ivec3& brick) {
  const PageTableEntry& entry = table.entries[probe(table.entries, keyOf(image, level, brick)).index];
  return entry.slot == shared::kPageTableEmpty ? nullptr : &entry;
}

std::optional<FoundBrick> findSlot(const PageTable& table, std::uint32_t image, const ImagePyramid& pyramid,
                                   const dvec3& edge) {
  std::optional<FoundBrick> found;
  for (int level = static_cast<int>(pyramid.levels.size()) - 1; level >= 0; --level) {
    const ivec3 brick = brickAt(pyramid.levels[level], edge);
    const PageTableEntry* entry = findEntry(table, image, level, brick);
    if (entry == nullptr) break;
    found = FoundBrick{.level = level, .brick = brick, .slot = entry->slot};
    if ((entry->flags & shared::kPageHasFiner) == 0) break;
  }
  return found;
}

}  // namespace volary
