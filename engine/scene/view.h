#pragma once

#include "pyramid/dataset.h"
#include "scene/camera.h"
#include "scene/region.h"
#include "scene/transfer_function.h"

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// `volume`: one 3-D picture; `slices`: a 2 x 2 of XY, ZY, XZ and the 3-D picture with the planes in it.
enum class Layout { volume, slices };
enum class RenderMode { mip, dvr };
enum class Interpolation { nearest, trilinear };
enum class Overlay { none, residency };
/// The space that the camera and the slices stand in: the registered world, or the image's own level-0 voxels (integer =
/// voxel centre), in which a voxel is a unit cube whatever its physical size.
enum class Space { world, voxel };

/// The three orthogonal planes: perpendicular to the image's own axes, through one point.
struct SliceView {
  dvec3 pointWorld{0.0};       ///< where the planes cross
  dvec3 centreWorld{0.0};      ///< what is in the middle of each panel (its component along the normal is ignored)
  double worldPerPixel = 1.0;
  bool operator==(const SliceView&) const = default;
};

/// All that decides what a picture shows: what is saved as JSON, and opened again.
struct View {
  int setup = 0;      ///< id
  int timepoint = 0;  ///< id
  Space space = Space::world;
  Layout layout = Layout::volume;
  RenderMode mode = RenderMode::mip;
  Interpolation interpolation = Interpolation::trilinear;
  Overlay overlay = Overlay::none;
  bool showBox = false;  ///< outline the image's box in the volume picture
  Camera camera;
  SliceView slices;
  std::optional<ValueRange> range;     ///< contrast; absent = the dataset's suggestion or the voxel type's range
  std::optional<int> pinnedLevel;      ///< draw this level and no other; absent = chosen by screen space
  double pixelsPerVoxel = 1.0;         ///< quality: a brick is fine enough when its voxel covers at most this many pixels
  TransferFunction transfer = makeGreyRamp(0.5);
  bool operator==(const View&) const = default;
};

/// Where the image stands in the view's space: its registration, or for Space::voxel the transform that makes level-0
/// voxels unit cubes.
dmat4 worldFromVoxel(const View& view, const Dataset& dataset, const ImagePyramid& pyramid, ImageId image);

/// A view that shows the whole image: perspective from a corner, planes through the middle.
View makeDefaultView(const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, const ivec2& sizePx);

/// An orthographic view along the image's axis 0, 1 or 2. Rows and columns lie as in an array [z, y, x] that is reduced
/// along the axis: along z, x to the right and y down; along y, x to the right and z down; along x, y to the right and z
/// down. Without `sizePx` one level-0 voxel is one pixel, in Space::voxel, and the picture has axisPictureSize(); with it
/// the whole image fits the picture, with its physical proportions.
View makeAxisView(const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, int axis,
                  const std::optional<ivec2>& sizePx);
ivec2 axisPictureSize(const ImagePyramid& pyramid, int axis);

/// The contrast range that the view draws with.
ValueRange effectiveRange(const View& view, const Setup& setup, VoxelType type);

/// The unit vectors of the image's x, y and z axis in world space.
std::array<dvec3, 3> imageAxes(const dmat4& worldFromVoxel);

/// The camera orientation that sees the image's slice perpendicular to `axis` as the slice panels show it: BigDataViewer's
/// align to XY (2), ZY (0) and XZ (1).
dquat sliceOrientation(const dmat4& worldFromVoxel, int axis);

/// The rectangles of a picture of `sizePx`: one for Layout::volume; XY, ZY, XZ and volume, in this order, for
/// Layout::slices. In the XY panel x is to the right and y down, in ZY z to the right and y down, in XZ x to the right
/// and z down.
std::vector<ViewRegion> makeRegions(const View& view, const dmat4& worldFromVoxel, const ivec2& sizePx);

/// Text form. readViewJson throws Error, naming `what` and the key, if something is missing or of the wrong kind.
std::string writeViewJson(const View& view);
View readViewJson(const std::string& text, const std::string& what);

}  // namespace volary
