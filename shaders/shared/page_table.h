// The page table: a hash table from brick to slot, of the bricks that this frame may show and nothing else, so that its
// size follows the page cache and never the volume. Open addressing with linear probing; the capacity is a power of two
// of at least twice the entries; an empty entry has kPageTableEmpty as slot.
//
// Every ancestor of a brick is in the table too: one that is not resident itself (late, or failed) stands there as a
// bridge, without a slot, so that it hides nothing that is finer. A brick that is wanted and not resident may stand
// there as a ghost, without a slot too. So a walk that follows kPageHasFiner downwards from any entry at a point ends
// at the finest entry there, and the answer is the finest one with a slot at or above it, whatever else the cache still
// holds. With its ghosts the table has the same entries, but for their slots, as it has when all that is wanted is
// resident: rays take the same way through both until the first of them ends at a ghost.
#ifndef VOLARY_SHARED_PAGE_TABLE_H
#define VOLARY_SHARED_PAGE_TABLE_H

#include "shared.h"

VOLARY_SHARED_BEGIN

VOLARY_SHARED_CONST uint kPageTableEmpty = 0xffffffffu;
// The slot of a bridge: a brick that is not resident but has finer ones in the table.
VOLARY_SHARED_CONST uint kPageTableBridge = 0xfffffffeu;
// The slot of ghost i is this + i. What is below is the slot of a resident brick.
VOLARY_SHARED_CONST uint kPageTableGhost = 0x80000000u;
// Flag: somewhere inside this brick a brick of the next finer level is in the table too.
VOLARY_SHARED_CONST uint kPageHasFiner = 1u;

// A brick's address: x and y have 22 bits, z has 32; the level has 5 bits, the image (index of the frame's list of
// images) 10 + 5 bits. See packPageKey.
struct PageTableEntry {
  uint key0;   // brick.x | level << 22 | (image & 31) << 27
  uint key1;   // brick.y | (image >> 5) << 22
  uint key2;   // brick.z
  uint slot;   // index of the slot in the page cache, kPageTableGhost + i, kPageTableBridge or kPageTableEmpty
  uint flags;  // kPageHasFiner
};

VOLARY_SHARED_INLINE uvec3 packPageKey(uint image, uint level, uvec3 brick) {
  return uvec3(brick.x | level << 22u | (image & 31u) << 27u, brick.y | (image >> 5u) << 22u, brick.z);
}

// Finaliser of MurmurHash3 (Appleby, public domain) over the three words; take the low bits.
VOLARY_SHARED_INLINE uint hashPageKey(uvec3 key) {
  uint h = key.x * 0x9e3779b1u ^ (key.y * 0x85ebca77u + (key.z * 0xc2b2ae3du << 7u));
  h = (h ^ key.z) * 0x27d4eb2fu;
  h ^= h >> 16u;
  h *= 0x85ebca6bu;
  h ^= h >> 13u;
  h *= 0xc2b2ae35u;
  return h ^ (h >> 16u);
}

VOLARY_SHARED_END

#endif
