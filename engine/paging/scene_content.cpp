#include "paging/scene_content.h"

#include "base/error.h"

namespace volary {

namespace {

bool isPresent(const Dataset& dataset, ImageId image) {
  return dataset.setups[static_cast<std::size_t>(image.setup)].present[static_cast<std::size_t>(image.timepoint)];
}

const dmat4& registration(const Dataset& dataset, ImageId image) {
  return dataset.setups[static_cast<std::size_t>(image.setup)]
      .worldFromVoxel[static_cast<std::size_t>(image.timepoint)];
}

void checkPinnedLevel(const View& view, const Dataset& dataset, const ImagePyramid& pyramid) {
  const int levels = pyramid.lastingLevels();
  if (view.pinnedLevel && (*view.pinnedLevel < 0 || *view.pinnedLevel >= levels))
    fail("{}: there is no level {}; the levels are 0 to {}", dataset.location, *view.pinnedLevel, levels - 1);
}

/// The images of a fused picture, which stand around the current one.
void addVisible(SceneContent& content, const View& view, const Dataset& dataset, PyramidReader& reader) {
  // The view's space is the world, or the current image's own voxels.
  const dmat4 viewFromWorld =
      view.space == Space::world || !content.currentWorldFromVoxel
          ? dmat4(1.0)
          : *content.currentWorldFromVoxel * glm::inverse(registration(dataset, content.current));
  for (const SetupLook& look : shownLooks(view)) {
    const ImageId id{findSetupIndex(dataset, look.setup), content.current.timepoint};
    if (!isPresent(dataset, id)) continue;
    const PyramidReader::Entry entry = reader.find(id);
    content.pending += entry.pending ? 1 : 0;
    if (!entry.pyramid) continue;
    const bool isCurrent = id == content.current && content.currentWorldFromVoxel;
    content.images.push_back(
        {.id = id,
         .pyramid = entry.pyramid,
         .worldFromVoxel = isCurrent ? *content.currentWorldFromVoxel : viewFromWorld * registration(dataset, id),
         .look = look});
  }
}

}  // namespace

SceneContent findSceneContent(const View& view, Source& source, PyramidReader& reader) {
  const Dataset& dataset = source.dataset();
  SceneContent content{.current = {findSetupIndex(dataset, view.setup), findTimepointIndex(dataset, view.timepoint)}};
  const bool present = isPresent(dataset, content.current);
  const ImagePyramid* pyramid = nullptr;
  if (present && (!view.fused || view.space == Space::voxel)) pyramid = &source.pyramid(content.current);
  if (pyramid)
    content.currentWorldFromVoxel = worldFromVoxel(view, dataset, *pyramid, content.current);
  else if (view.fused && view.space == Space::world)
    content.currentWorldFromVoxel = registration(dataset, content.current);

  if (view.fused) {
    addVisible(content, view, dataset, reader);
  } else if (pyramid) {
    checkPinnedLevel(view, dataset, *pyramid);
    content.images.push_back({.id = content.current,
                              .pyramid = pyramid,
                              .worldFromVoxel = *content.currentWorldFromVoxel,
                              .look = lookOf(view, view.setup)});
  }
  return content;
}

FrameVector<ImageId> shownImages(const View& view, const Dataset& dataset) {
  FrameVector<ImageId> shown;
  const auto add = [&](int setup) {
    const ImageId id{findSetupIndex(dataset, setup), findTimepointIndex(dataset, view.timepoint)};
    if (isPresent(dataset, id)) shown.push_back(id);
  };
  if (!view.fused)
    add(view.setup);
  else
    for (const SetupLook& look : shownLooks(view)) add(look.setup);
  return shown;
}

FrameVector<WantedImage> wantedImages(std::span<const SceneImage> images) {
  FrameVector<WantedImage> wanted;
  wanted.reserve(images.size());
  for (const SceneImage& image : images)
    wanted.push_back({.image = image.id, .pyramid = image.pyramid, .worldFromVoxel = image.worldFromVoxel});
  return wanted;
}

}  // namespace volary
