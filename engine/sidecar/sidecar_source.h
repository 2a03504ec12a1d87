#pragma once

#include "sidecar/sidecar_builder.h"

#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

namespace volary {

/// How an image's sidecar stands.
struct SidecarStatus {
  enum class State {
    none,       ///< the image needs none: it has a small level
    waiting,    ///< for another process, or another image
    building,
    ready,
    failed,
  };
  State state = State::none;
  double fraction = 0.0;   ///< of the source's level, while building
  std::string problem;     ///< one sentence, if it failed
};

std::string_view sidecarStateName(SidecarStatus::State state);

/// A source with coarser levels for images that have no small one: kept in the user's cache directory, and built in the
/// background the first time.
///
/// pyramid() has the source's own levels until an image's sidecar is whole, and from then on also those, behind them:
/// levels keep their numbers. Whoever keeps a pyramid asks again now and then. A picture drawn from the source's own
/// levels is right, only slow; so nothing waits for the sidecar but waitFor().
class SidecarSource final : public Source {
 public:
  SidecarSource(std::unique_ptr<Source> native, const SidecarSettings& settings);
  /// Stops building, between two blocks; what is done stays.
  ~SidecarSource() override;

  const Dataset& dataset() const override { return native_->dataset(); }
  /// Begins to build what the image needs, when first asked.
  const ImagePyramid& pyramid(ImageId image) override;
  std::uint64_t countBytesStored(ImageId image, int level) override;
  RawChunk readChunk(const ChunkKey& key) override;
  ReadCost readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) override;
  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch) override;

  SidecarStatus status(ImageId image) const;
  /// Waits until the image's sidecar is ready, has failed, or is not needed.
  SidecarStatus waitFor(ImageId image);

 private:
  struct Sidecar {
    SidecarStatus::State state = SidecarStatus::State::none;
    std::string problem;
    PyramidJob job;
    std::string description;
    std::unique_ptr<SidecarFolder> folder;
    SidecarProgress progress;
    int nativeLevels = 0;
    // Once ready, and from then on unchanged:
    std::unique_ptr<LevelFile> levels;
    ImagePyramid pyramid;
  };

  void begin(ImageId image, Sidecar& sidecar);
  void build();
  bool buildNext();
  SidecarStatus statusOf(const Sidecar& sidecar) const;
  /// The levels that hold the key's chunk, and which one it is there; null if it is the source's own.
  const LevelFile* findLevels(ImageId image, int& level) const;

  std::unique_ptr<Source> native_;
  const SidecarSettings settings_;
  std::atomic<bool> stop_ = false;
  mutable std::mutex mutex_;   ///< guards all sidecars but their progress
  std::condition_variable changed_;
  std::map<ImageId, Sidecar> sidecars_;
  std::vector<Sidecar*> queue_;   ///< to be built, in this order
  std::jthread builder_;
};

}  // namespace volary
