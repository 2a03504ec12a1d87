#include "paging/shown_scene.h"

#include "paging/frame_report.h"

#include <algorithm>

namespace volary {

void ShownScene::adopt(const SceneContent& content) {
  current_ = content.current;
  worldFromVoxelOfCurrent_ = content.currentWorldFromVoxel.value_or(worldFromVoxelOfCurrent_);
  images_.assign(content.images.begin(), content.images.end());
  pending_ = content.pending;
  tableImages_.clear();
  for (const SceneImage& image : images_) tableImages_.push_back({image.id, image.pyramid});
  std::ranges::sort(tableImages_, {}, &PageTableImage::image);
}

std::size_t ShownScene::tableIndex(ImageId image) const {
  const auto found = std::ranges::lower_bound(tableImages_, image, {}, &PageTableImage::image);
  return static_cast<std::size_t>(found - tableImages_.begin());
}

std::size_t ShownScene::guide() const {
  const auto found = std::ranges::find(images_, current_, &SceneImage::id);
  return found != images_.end() ? static_cast<std::size_t>(found - images_.begin()) : 0;
}

std::uint64_t ShownScene::voxelBytesOf(const BrickKey& key) const {
  const ImagePyramid& pyramid = *tableImages_[tableIndex(key.image)].pyramid;
  const LevelInfo& level = pyramid.levels[static_cast<std::size_t>(key.level)];
  return static_cast<std::uint64_t>(countVoxels(level, key.brick)) * voxelBytes(pyramid.voxelType);
}

bool ShownScene::grows() const {
  return std::ranges::any_of(images_, [](const SceneImage& image) { return image.pyramid->growing; });
}

void ShownScene::tell(FrameReport& report) const {
  report.imagePresent = countWithPending() > 0;
  report.imagesPending = pending_;
  report.growing = grows();
}

}  // namespace volary
