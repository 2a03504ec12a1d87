#pragma once

#include "paging/pyramid_reader.h"
#include "paging/wanted.h"
#include "scene/view.h"

#include <cstddef>
#include <span>

namespace volary {

/// An image that the picture shows, and how.
struct SceneImage {
  ImageId id;
  const ImagePyramid* pyramid = nullptr;
  dmat4 worldFromVoxel{1.0};
  SetupLook look;
};

/// What a view shows of a dataset.
struct SceneContent {
  ImageId current;                             ///< of the view's current setup
  std::optional<dmat4> currentWorldFromVoxel;  ///< absent if unknown: see findSceneContent()
  /// In the order in which they are mixed. Those that are missing in the file, or whose metadata is not there yet or
  /// can't be read, are left out.
  FrameVector<SceneImage> images;
  std::size_t pending = 0;  ///< whose metadata is being read
};

/// Looks up what the view shows. The metadata of the current setup's image is read at once where the picture needs it:
/// when it is shown alone, or its voxels are the view's space (which stays unknown if the image is missing). That of
/// the others comes from `reader`. Throws Error if the view names a setup, a time point or, shown alone, a level that
/// does not exist, or if metadata that is read at once can't be.
SceneContent findSceneContent(const View& view, Source& source, PyramidReader& reader);

/// The images that the view shows once their metadata is there, without those that are missing in the file.
FrameVector<ImageId> shownImages(const View& view, const Dataset& dataset);

/// The same images as the planner sees them.
FrameVector<WantedImage> wantedImages(std::span<const SceneImage> images);

}  // namespace volary
