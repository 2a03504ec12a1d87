#pragma once

#include "base/frame_memory.h"
#include "pyramid/brick.h"
#include "shared/page_table.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace volary {

/// A brick that lies in a slot of the page cache and is to be seen by the shader.
struct ResidentBrick {
  BrickKey key;
  std::uint32_t slot = 0;
};

/// The page table of one frame, ready to be copied to the GPU.
struct PageTable {
  FrameVector<shared::PageTableEntry> entries;  ///< size is a power of two
  std::uint32_t maxProbe = 0;                   ///< no lookup needs more than this many probes
};

/// An image of the frame's list, with its pyramid.
struct PageTableImage {
  ImageId image;
  const ImagePyramid* pyramid = nullptr;
};

/// Builds the table of `bricks`; each brick's image must be in `images`, which ascend (its index there is the key's
/// image). `ghosts` holds other bricks, each once; an entry's ghost number is the index there. Adds a bridge for each
/// missing ancestor of any of these, and sets kPageHasFiner on every entry that overlaps one of the next finer level.
/// Pure; cost linear in the bricks.
PageTable makePageTable(std::span<const PageTableImage> images, std::span<const ResidentBrick> bricks,
                        std::span<const BrickKey> ghosts = {});

// The shader's lookups, for the CPU: for tests, and to find what lies under the pointer.

/// The entry of one brick, if it is in the table; `image` is the index in the list of images.
const shared::PageTableEntry* findEntry(const PageTable& table, std::uint32_t image, int level, const ivec3& brick);

/// The brick that a point is drawn from.
struct FoundBrick {
  int level = 0;
  ivec3 brick{0};
  std::uint32_t slot = 0;
};

/// The finest brick of the table at a point of the full resolution grid's edge space; nothing if there is none.
std::optional<FoundBrick> findSlot(const PageTable& table, std::uint32_t image, const ImagePyramid& pyramid,
                                   const dvec3& edge);

}  // namespace volary
