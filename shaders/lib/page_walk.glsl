// From a point to the brick that shows it.
//
// The page table holds a brick only together with all its ancestors. So from any level that has an entry at the point,
// kPageHasFiner leads down to the finest one, and from a level that has none the way up ends at the finest one too: a walk
// may begin at the level where the last one ended, which is nearly always right at once.
#ifndef VOLARY_PAGE_WALK_GLSL
#define VOLARY_PAGE_WALK_GLSL

#include "lib/bindings.glsl"

// True where the page cache's image holds one whole level with a border, and no bricks: what paging is compared with.
#ifdef VOLARY_SCENE
const uint kDense = 0u;
#else
SPECIAL(kConstantDense) const uint kDense = 0u;
#endif
// True where the picture shows draw.pinnedLevel and no other.
SPECIAL(kConstantPinned) const uint kPinned = 0u;
// True where rays mark the ghosts that they reach. Looking for a page counts as reaching it, because a march follows its ray only
// as far as something behind can still change the pixel.
SPECIAL(kConstantFeedback) const uint kFeedback = 0u;

const uint kNoGhost = 0xffffffffu;

// A slot of the page cache: its number, and its place in the grid of slots if that is an image.
struct Slot {
  uint index;
  vec3 place;
};

// A level, read once and kept for as long as a ray stays in it: a software device reads what depends on the ray with a
// gather for each number.
struct Level {
  uint index;
  LevelParams params;
};

Level readLevel(uint index) { return Level(index, draw.levels[index]); }

// Where a brick lies, and how a point of edge space becomes a texel of it.
struct Page {
  bool found;
  Level level;
  vec3 brick;        // index in the level's grid
  Slot slot;
  vec3 begin;        // in edge space: the box in which this page is the answer
  vec3 end;
  uint lack;         // by how many levels it is coarser than what is wanted here
};

vec3 brickAt(Level level, vec3 edge) {
  vec3 brick = floor(edge * level.params.levelFromEdge * (1.0 / kBrickPayload));
  return clamp(brick, vec3(0.0), level.params.lastBrick);
}

bool isGhost(uint slot) { return slot >= kPageTableGhost && slot < kPageTableBridge; }

// Many rays write the same word, and all of them the same.
void markGhost(uint ghost) {
  if (kFeedback != 0u && ghost != kNoGhost) FeedbackWords(allDraw.feedbackAddress).reached[ghost] = 1u;
}

// The entry's slot, or kPageTableEmpty if there is none; and its flags.
uvec2 findEntry(uint level, vec3 brick) {
  uvec3 key = packPageKey(draw.imageIndex, level, uvec3(wholeOf(brick.xy), int(brick.z)));
  uint index = hashPageKey(key) & allDraw.tableMask;
  uvec2 entry = uvec2(kPageTableEmpty, 0u);
  bool isOther = allDraw.tableMaxProbe > 0u;
  if (isOther) {
    uint probe = 0u;
    PageTable table = PageTable(allDraw.tableAddress);
    do {
      PageTableEntry at = table.entries[index];
      bool found = at.key0 == key.x && at.key1 == key.y && at.key2 == key.z;
      if (found) entry = uvec2(at.slot, at.flags);
      isOther = !found && at.slot != kPageTableEmpty;
      index = (index + 1u) & allDraw.tableMask;
    } while (isOther && ++probe < allDraw.tableMaxProbe);
  }
  return entry;
}

// Cuts the page's box to the brick's. The last brick of a level reaches to the end of the volume, whatever the rounding
// of the level's size.
void cutToBrick(inout Page page, Level level, vec3 brick) {
  vec3 size = level.params.factor * kBrickPayload;
  page.begin = max(page.begin, brick * size);
  page.end = min(page.end, mix((brick + 1.0) * size, draw.boxSize,
                               greaterThanEqual(brick, level.params.lastBrick)));
}

void usePage(inout Page page, Level level, vec3 brick, uint slot) {
  page.found = true;
  page.level = level;
  page.brick = brick;
  uint row = slot / allDraw.slotGrid.x;
  page.slot = Slot(slot, vec3(slot % allDraw.slotGrid.x, row % allDraw.slotGrid.y, row / allDraw.slotGrid.y));
}

Page noPage(Level level) { return Page(false, level, vec3(0.0), Slot(0u, vec3(0.0)), vec3(0.0), draw.boxSize, 0u); }

Page wholeLevel(Level level) { return Page(true, level, vec3(0.0), Slot(0u, vec3(0.0)), vec3(0.0), draw.boxSize, 0u); }

// The pinned level's page, or else the coarsest level's.
Page findPinnedPage(vec3 edge) {
  Level level = readLevel(draw.pinnedLevel);
  Page page = noPage(level);
  for (int attempt = 0; attempt < 2 && !page.found; ++attempt) {
    vec3 brick = brickAt(level, edge);
    uint slot = findEntry(level.index, brick).x;
    cutToBrick(page, level, brick);
    if (slot < kPageTableGhost) usePage(page, level, brick, slot);
    if (isGhost(slot)) {
      markGhost(slot - kPageTableGhost);
      if (!page.found) page.lack = draw.levelCount - 1u - level.index;
    }
    level = readLevel(draw.levelCount - 1u);
  }
  return page;
}

// The page of the finest resident brick at a point that is not finer than level `finest`; the walk begins at `level`, which
// is not finer either: down while there is something finer, and up to where there is something at all. Loops test their condition
// at the end: a software device would run the body once more to find out that it is not to be run, and this way does a single
// lookup where one is enough.
Page findPage(vec3 edge, Level level, uint finest) {
  if (kDense != 0u) return wholeLevel(level);
  if (kPinned != 0u) return findPinnedPage(edge);
  Page page = noPage(level);
  uint deepest = kFeedback != 0u ? min(finest, allDraw.ghostsFrom) : finest;
  uint ghost = kNoGhost;  // that would be the page if it were resident
  uint ghostLevel = 0u;
  int way = 0;  // 0: not chosen yet, 1: up, -1: down
  bool goesOn;
  do {
    vec3 brick = brickAt(level, edge);
    uvec2 entry = findEntry(level.index, brick);
    cutToBrick(page, level, brick);
    bool exists = entry.x != kPageTableEmpty;
    // On the way down the last entry is the finest one; on the way up it is the first one.
    if (entry.x < kPageTableGhost && level.index >= finest) usePage(page, level, brick, entry.x);
    if (entry.x < kPageTableGhost && way != 1) ghost = kNoGhost;
    if (isGhost(entry.x) && (way != 1 || ghost == kNoGhost)) {
      ghost = entry.x - kPageTableGhost;
      ghostLevel = level.index;
    }
    if (way != 1 && exists && level.index > deepest && (entry.y & kPageHasFiner) != 0u) {
      way = -1;
      goesOn = true;
    } else {
      // Nothing resident so far: a bridge, or no entry. Entries that the way down has passed were bridges.
      way = 1;
      goesOn = !page.found && level.index + 1u < draw.levelCount;
    }
    if (goesOn) level = readLevel(uint(int(level.index) + way));
  } while (goesOn);
  markGhost(ghost);
  if (ghost != kNoGhost) page.lack = page.level.index - min(max(ghostLevel, finest), page.level.index);
  return page;
}

#endif
