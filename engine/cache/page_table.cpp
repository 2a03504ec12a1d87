#include "cache/page_table.h"

#include "pyramid/overlap.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <utility>

namespace volary {

namespace {

using shared::PageTableEntry;

glm::uvec3 keyOf(std::uint32_t image, int level, const ivec3& brick) {
  assert(brick.x < 1 << 22 && brick.y < 1 << 22 && level < kMaxLevels && image < 1 << 15);
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

/// Collects entries by key. Invariant: at most half of the table is taken.
class TableBuilder {
 public:
  explicit TableBuilder(std::size_t expected) : entries_(capacityFor(expected), kEmpty) {}

  /// The entry with this key. A new one has kPageTableEmpty as its slot, which the caller replaces. Valid until the
  /// next call.
  PageTableEntry& at(const glm::uvec3& key) {
    Probe found = probe(entries_, key);
    if (entries_[found.index].slot != shared::kPageTableEmpty) return entries_[found.index];
    if (2 * ++count_ > entries_.size()) {
      grow();
      found = probe(entries_, key);
    }
    PageTableEntry& entry = entries_[found.index];
    entry.key0 = key.x;
    entry.key1 = key.y;
    entry.key2 = key.z;
    return entry;
  }

  PageTable take() {
    PageTable table{.entries = std::move(entries_)};
    for (const PageTableEntry& entry : table.entries)
      if (entry.slot != shared::kPageTableEmpty)
        table.maxProbe = std::max(table.maxProbe, probe(table.entries, keyOf(entry)).count);
    return table;
  }

 private:
  static constexpr PageTableEntry kEmpty{.key0 = 0, .key1 = 0, .key2 = 0, .slot = shared::kPageTableEmpty, .flags = 0};
  static std::size_t capacityFor(std::size_t count) { return std::bit_ceil(std::max<std::size_t>(2 * count, 2)); }
  static glm::uvec3 keyOf(const PageTableEntry& entry) { return {entry.key0, entry.key1, entry.key2}; }

  void grow() {
    FrameVector<PageTableEntry> old(2 * entries_.size(), kEmpty);
    old.swap(entries_);
    for (const PageTableEntry& entry : old)
      if (entry.slot != shared::kPageTableEmpty) entries_[probe(entries_, keyOf(entry)).index] = entry;
  }

  FrameVector<PageTableEntry> entries_;
  std::size_t count_ = 0;
};

std::uint32_t imageIndex(std::span<const PageTableImage> images, ImageId image) {
  const auto found = std::ranges::lower_bound(images, image, {}, &PageTableImage::image);
  assert(found != images.end() && found->image == image);
  return static_cast<std::uint32_t>(found - images.begin());
}

}  // namespace

PageTable makePageTable(std::span<const PageTableImage> images, std::span<const ResidentBrick> bricks,
                        std::span<const BrickKey> ghosts) {
  assert(std::ranges::is_sorted(images, {}, &PageTableImage::image));
  TableBuilder builder(bricks.size() + ghosts.size());
  const auto add = [&](const BrickKey& key, std::uint32_t slot) {
    PageTableEntry& entry = builder.at(keyOf(imageIndex(images, key.image), key.level, key.brick));
    assert(entry.slot == shared::kPageTableEmpty);
    entry.slot = slot;
  };
  assert(ghosts.size() < shared::kPageTableBridge - shared::kPageTableGhost);
  for (const ResidentBrick& brick : bricks) {
    assert(brick.slot < shared::kPageTableGhost);
    add(brick.key, brick.slot);
  }
  for (std::size_t i = 0; i < ghosts.size(); ++i)
    add(ghosts[i], shared::kPageTableGhost + static_cast<std::uint32_t>(i));

  // A brick sets the flag of the coarser ones above it; there are several if the factors do not nest. Missing ones
  // become bridges, and set the flags of the ones above them in turn.
  FrameVector<BrickKey> bridges;
  const auto tellCoarser = [&](const BrickKey& key) {
    const std::uint32_t image = imageIndex(images, key.image);
    const std::vector<LevelInfo>& levels = images[image].pyramid->levels;
    const int coarser = key.level + 1;
    if (coarser == static_cast<int>(levels.size())) return;
    const BrickRange above = overlappingBricks(levels[key.level], key.brick, levels[coarser]);
    ivec3 b;
    for (b.z = above.begin.z; b.z < above.end.z; ++b.z)
      for (b.y = above.begin.y; b.y < above.end.y; ++b.y)
        for (b.x = above.begin.x; b.x < above.end.x; ++b.x) {
          PageTableEntry& entry = builder.at(keyOf(image, coarser, b));
          entry.flags |= shared::kPageHasFiner;
          if (entry.slot != shared::kPageTableEmpty) continue;
          entry.slot = shared::kPageTableBridge;
          bridges.push_back({.image = key.image, .level = coarser, .brick = b});
        }
  };
  for (const ResidentBrick& brick : bricks) tellCoarser(brick.key);
  for (const BrickKey& ghost : ghosts) tellCoarser(ghost);
  for (std::size_t i = 0; i < bridges.size(); ++i) tellCoarser(BrickKey(bridges[i]));
  return builder.take();
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
    if (entry->slot < shared::kPageTableGhost) found = FoundBrick{.level = level, .brick = brick, .slot = entry->slot};
    if ((entry->flags & shared::kPageHasFiner) == 0) break;
  }
  return found;
}

}  // namespace volary
