#pragma once

#include "build/block_runner.h"
#include "build/source_box.h"
#include "pyramid/source.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <unordered_map>
#include <vector>

namespace volary {

/// Layers of a level through which a plane in view goes.
struct LayerPart {
  const PyramidJob* job = nullptr;  ///< must live as long as the part is wanted
  int level = 0;                    ///< of the job
  VoxelBox box;                     ///< in voxels of that level; one or two layers along z
};

/// Single layers of levels that are still to be made, with the voxels that they will have. To show a plane in view,
/// only the planes of the file behind one layer are read; a block of the levels needs a hundred times as many.
///
/// Layers consist of tiles, as large as a chunk along x and y and one voxel thick, which are kept while there is room.
/// A thread of its own makes them as soon as they are wanted. Any thread may call. Invariant: a tile that is there has
/// the voxels of its level.
class PlaneLayers {
 public:
  /// `changed` is called when there are more tiles, on the thread that makes them.
  PlaneLayers(Source& source, int threads, int niceness, std::function<void()> changed);
  /// Stops making tiles, between two pieces of the source.
  ~PlaneLayers();
  PlaneLayers(const PlaneLayers&) = delete;
  PlaneLayers& operator=(const PlaneLayers&) = delete;

  /// Replaces what is wanted; the first of `parts` is made first. None: forgets all.
  void want(std::vector<LayerPart> parts);
  /// The part of this level that is wanted now.
  std::optional<VoxelBox> findPart(ImageId image, int level) const;

  /// A tile: chunk.x and chunk.y count chunks, chunk.z voxels.
  std::shared_ptr<const std::vector<std::byte>> find(const ChunkKey& tile) const;
  /// Differs for tiles that were made at different times; 0 = the tile is not there.
  std::uint64_t version(const ChunkKey& tile) const;

  /// The most memory, in bytes, that this holds.
  std::uint64_t mostBytes() const { return mostBytes_; }

 private:
  struct Tile {
    std::shared_ptr<const std::vector<std::byte>> voxels;
    std::uint64_t version = 0;
  };
  /// Some rows of tiles of one layer.
  struct Band {
    LayerPart part;  ///< of one layer, whole tiles
    i64vec3 firstTile{0};
    i64vec3 endTile{0};
  };

  void work();
  std::vector<Band> takeBands();
  void makeBand(const Band& band);
  void addTiles(const Band& band, const BoxValues& voxels);
  bool isWanted(const ChunkKey& tile) const;

  Source& source_;
  const int threads_;
  const int niceness_;
  const std::function<void()> changed_;
  SourceBoxReader reader_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> mostBytes_ = 0;
  mutable std::mutex mutex_;  ///< guards all that follows
  std::condition_variable wake_;
  std::vector<LayerPart> parts_;
  bool failed_ = false;  ///< the source can't be read: the builder of the levels reports it
  std::unordered_map<ChunkKey, Tile> tiles_;
  std::uint64_t lastVersion_ = 0;
  std::jthread thread_;
};

}  // namespace volary
