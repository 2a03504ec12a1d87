// From a point to the brick that shows it.
//
// The page table holds a brick only together with all its ancestors. So from any level that has an entry at the point,
// kPageHasFiner leads down to the finest one, and from a level that has none the way up ends at the finest one too: a walk
// may begin at the level where the last one ended, which is nearly always right at once.
#ifndef VOLARY_PAGE_WALK_GLSL
#define VOLARY_PAGE_WALK_GLSL

#include "lib/bindings.glsl"

// True where the page cache's image holds one whole level with a border, and no bricks: what paging is compared with.
layout(constant_id = 4) const uint kDense = 0u;

// Where a brick lies, and how a point of edge space becomes a texel of it.
struct Page {
  bool found;
  uint level;
  vec3 brick;        // index in the level's grid
  vec3 slot;         // its place in the grid of slots
  vec3 slotOrigin;   // first payload texel in the page cache
  vec3 begin;        // in edge space: the box in which this page is the answer
  vec3 end;
};

vec3 brickAt(uint level, vec3 edge) {
  vec3 brick = floor(edge * draw.levels[level].levelFromEdge * (1.0 / kBrickPayload));
  return clamp(brick, vec3(0.0), draw.levels[level].lastBrick);
}

// The entry's index, or kPageTableEmpty.
uint findEntry(uint level, vec3 brick) {
  uvec3 key = packPageKey(draw.imageIndex, level, uvec3(brick));
  uint index = hashPageKey(key);
  for (uint probe = 0u; probe < draw.tableMaxProbe; ++probe, ++index) {
    index &= draw.tableMask;
    if (pageTable[index].key0 == key.x && pageTable[index].key1 == key.y && pageTable[index].key2 == key.z &&
        pageTable[index].slot != kPageTableEmpty)
      return index;
    if (pageTable[index].slot == kPageTableEmpty) return kPageTableEmpty;
  }
  return kPageTableEmpty;
}

// Cuts the page's box to the brick's. The last brick of a level reaches to the end of the volume, whatever the rounding
// of the level's size.
void cutToBrick(inout Page page, uint level, vec3 brick) {
  vec3 size = draw.levels[level].factor * kBrickPayload;
  page.begin = max(page.begin, brick * size);
  page.end = min(page.end, mix((brick + 1.0) * size, draw.boxSize,
                               greaterThanEqual(brick, draw.levels[level].lastBrick)));
}

void usePage(inout Page page, uint level, vec3 brick, uint entry) {
  page.found = true;
  page.level = level;
  page.brick = brick;
  uint slot = pageTable[entry].slot;
  uint row = slot / draw.slotGrid.x;
  page.slot = vec3(slot % draw.slotGrid.x, row % draw.slotGrid.y, row / draw.slotGrid.y);
  page.slotOrigin = page.slot * kPaddedBrick + kBrickBorder;
}

Page wholeLevel() {
  return Page(true, draw.pinnedLevel, vec3(0.0), vec3(0.0), vec3(kBrickBorder), vec3(0.0), draw.boxSize);
}

// The pinned level's page, or else the coarsest level's.
Page findPinnedPage(vec3 edge) {
  Page page;
  page.found = false;
  page.begin = vec3(0.0);
  page.end = draw.boxSize;
  uint level = draw.pinnedLevel;
  for (int attempt = 0; attempt < 2; ++attempt) {
    vec3 brick = brickAt(level, edge);
    uint entry = findEntry(level, brick);
    cutToBrick(page, level, brick);
    if (entry != kPageTableEmpty && pageTable[entry].slot != kPageTableBridge) {
      usePage(page, level, brick, entry);
      break;
    }
    level = draw.levelCount - 1u;
  }
  return page;
}

// The page of the finest resident brick at a point; the walk begins at level `hint`.
Page findPage(vec3 edge, uint hint) {
  if (kDense != 0u) return wholeLevel();
  if (draw.pinnedLevel != kNoLevel) return findPinnedPage(edge);
  Page page;
  page.found = false;
  page.begin = vec3(0.0);
  page.end = draw.boxSize;

  // Up to a level that has a brick here.
  uint level = hint;
  vec3 brick;
  uint entry;
  for (; level < draw.levelCount; ++level) {
    brick = brickAt(level, edge);
    entry = findEntry(level, brick);
    cutToBrick(page, level, brick);
    if (entry != kPageTableEmpty) break;
  }
  if (level >= draw.levelCount) return page;

  // Down to the finest, unless the way up has come by there already.
  while (level > 0u && level <= hint && (pageTable[entry].flags & kPageHasFiner) != 0u) {
    vec3 finerBrick = brickAt(level - 1u, edge);
    uint finerEntry = findEntry(level - 1u, finerBrick);
    cutToBrick(page, level - 1u, finerBrick);
    if (finerEntry == kPageTableEmpty) break;
    --level;
    brick = finerBrick;
    entry = finerEntry;
  }

  // Up again from a bridge, to the finest brick that is resident.
  while (pageTable[entry].slot == kPageTableBridge) {
    if (++level == draw.levelCount) return page;
    brick = brickAt(level, edge);
    entry = findEntry(level, brick);
    if (entry == kPageTableEmpty) return page;
  }
  usePage(page, level, brick, entry);
  return page;
}

#endif
