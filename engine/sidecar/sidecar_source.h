#pragma once

#include "pyramid/growing_pyramids.h"
#include "sidecar/plane_layers.h"
#include "sidecar/sidecar_builder.h"
#include "sidecar/sidecar_statistics.h"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

namespace volary {

/// The state of an image's sidecar.
struct SidecarStatus {
  enum class State {
    none,     ///< the image needs none: it has a small level
    waiting,  ///< for another process, or another image
    building,
    ready,
    failed,
  };
  State state = State::none;
  double fraction = 0.0;  ///< of the source's level, while building
  std::string problem;    ///< one sentence, if it failed
};

std::string_view sidecarStateName(SidecarStatus::State state);

/// A source with coarser levels for images that have no small one: kept in the user's cache directory, and built in the
/// background the first time.
///
/// While the levels are built, pyramid() grows: it lists all of them, and a stand-in, the preview, as the coarsest.
/// Chunks count as made once they are written; the ones that preferChunks() names come first. Other chunks may have a
/// stand-in on the planes that preferPlanes() names: the layers that hold these planes have their final voxels, the
/// others those of the preview. When all levels are whole, the preview goes. If they can't be built, levels and preview
/// go. Callers that keep a pyramid ask again when revision() has changed.
class SidecarSource final : public Source, public GrowingPyramids {
 public:
  SidecarSource(std::unique_ptr<Source> native, const SidecarSettings& settings);
  /// Stops building, between two blocks; what is done stays.
  ~SidecarSource() override;

  const Dataset& dataset() const override { return native_->dataset(); }
  std::vector<Location> files() override;
  /// Begins to build what the image needs, when first asked.
  const ImagePyramid& pyramid(ImageId image) override;
  GrowingPyramids* growing() override { return this; }
  std::uint64_t revision() const override { return revision_; }
  int fileLevels(ImageId image) override { return static_cast<int>(native_->pyramid(image).levels.size()); }
  bool isMade(const ChunkKey& key) const override;
  void preferChunks(std::span<const ChunkKey> chunks) override;
  void preferPlanes(std::span<const PlaneInView> planes) override;
  std::uint64_t standIn(const BrickKey& key) const override;
  std::optional<BrickStatistics> findStatistics(const BrickKey& key) const override;
  std::uint64_t workBytes() const override;
  std::uint64_t countBytesStored(ImageId image, int level) override;
  RawChunk readChunk(const ChunkKey& key) override;
  ReadCost readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) override;
  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch) override;

  SidecarStatus status(ImageId image) const;
  /// Waits until the image's sidecar is ready, has failed, or is not needed.
  SidecarStatus waitFor(ImageId image);

 private:
  struct Sidecar {
    SidecarStatus::State state = SidecarStatus::State::none;
    std::string problem;
    // Set by begin(), and not changed after that:
    PyramidJob job;
    std::string description;
    std::unique_ptr<SidecarFolder> folder;
    int nativeLevels = 0;
    LevelInfo preview;
    ImagePyramid growing;  ///< with all levels and the preview
    ImagePyramid whole;
    // As they come:
    SidecarProgress progress;
    std::shared_ptr<const std::vector<std::byte>> previewVoxels;
    std::shared_ptr<const LevelFile> levels;
    LevelStatistics statistics;  ///< once it is ready
  };
  /// Where the chunks of a level come from: the sidecar's levels, the preview, or else the source.
  struct Origin {
    bool isOwn = false;
    const Sidecar* sidecar = nullptr;  ///< if isOwn: only the members that begin() has set may be read
    int level = 0;                     ///< of the job
    std::shared_ptr<const std::vector<std::byte>> preview;
    std::shared_ptr<const LevelFile> levels;
    std::shared_ptr<const std::vector<std::byte>>
        standIn;  ///< the preview, where chunks of the levels are still to be made
  };
  class Watcher;

  void begin(ImageId image, Sidecar& sidecar);
  void work();
  Sidecar* takeNext();
  void makeNext(Sidecar& sidecar);
  void finish(Sidecar& sidecar, std::string problem);
  SidecarStatus statusOf(const Sidecar& sidecar) const;
  Origin findOrigin(ImageId image, int level) const;

  std::unique_ptr<Source> native_;
  const SidecarSettings settings_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> revision_ = 0;
  mutable std::mutex mutex_;  ///< guards all sidecars but their progress, and what follows
  std::condition_variable changed_;
  std::map<ImageId, Sidecar> sidecars_;
  std::vector<Sidecar*> queue_;  ///< to be built, in this order, once all have a preview
  std::vector<ChunkKey> preferred_;
  PlaneLayers planes_;  ///< of images whose levels are built
  std::jthread builder_;
};

}  // namespace volary
