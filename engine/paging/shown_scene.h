#pragma once

#include "cache/page_table.h"
#include "paging/scene_content.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volary {

struct FrameReport;

/// The images that the picture shows, from one change of them to the next.
///
/// Invariant: tableImages() are images(), ascending; so an image's index there is its number in the page table.
class ShownScene {
 public:
  explicit ShownScene(const Dataset& dataset) : dataset_(dataset) {}

  void adopt(const SceneContent& content);

  /// In the order in which they are mixed; none: the dataset has no such image, or its metadata is still to come.
  std::span<const SceneImage> images() const { return images_; }
  bool empty() const { return images_.empty(); }
  /// Images whose metadata is still to come.
  std::size_t pending() const { return pending_; }
  /// All images, with those, so that a scene is drawn by the same pipelines from its first frame on.
  std::size_t countWithPending() const { return images_.size() + pending_; }

  std::span<const PageTableImage> tableImages() const { return tableImages_; }
  std::size_t tableIndex(ImageId image) const;

  /// The view's own image, whether or not it is shown, and where it is.
  ImageId current() const { return current_; }
  const dmat4& worldFromVoxelOfCurrent() const { return worldFromVoxelOfCurrent_; }
  /// The index of the image whose planes the slices are: the current one, or the first if that is not shown.
  std::size_t guide() const;

  const Setup& setupOf(ImageId image) const { return dataset_.setups[static_cast<std::size_t>(image.setup)]; }
  /// Bytes of a brick's payload, in the image's voxel type.
  std::uint64_t voxelBytesOf(const BrickKey& key) const;
  /// Whether coarser levels of some image are being made.
  bool grows() const;

  void tell(FrameReport& report) const;

 private:
  const Dataset& dataset_;
  ImageId current_;
  dmat4 worldFromVoxelOfCurrent_{1.0};
  std::vector<SceneImage> images_;
  std::vector<PageTableImage> tableImages_;
  std::size_t pending_ = 0;
};

}  // namespace volary
