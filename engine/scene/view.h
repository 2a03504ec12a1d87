#pragma once

#include "base/frame_memory.h"
#include "pyramid/dataset.h"
#include "scene/camera.h"
#include "scene/clip.h"
#include "scene/plane.h"
#include "scene/region.h"
#include "scene/render_mode.h"
#include "scene/setup_look.h"
#include "scene/transfer_function.h"

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// `volume`: one 3-D picture; `slices`: a 2 x 2 of XY, ZY, XZ and the 3-D picture with the planes in it; `oblique`: one
/// slice of any orientation.
enum class Layout { volume, slices, oblique };
/// Which of the voxels along its normal a slice with a thickness shows.
enum class Slab { maximum, minimum, average };
enum class Lighting { off, on };
enum class Interpolation { nearest, trilinear };
/// How setups that are shown together are mixed, each in its colour. `sum`: like light; `maximum`: the maximum of red,
/// green and blue each; `over`: each lies over those that follow it, and is as opaque as it is bright.
enum class Blend { sum, maximum, over };
/// `residency`: outlines of the bricks; `resolution`: pixels that are coarser than wanted are tinted.
enum class Overlay { none, residency, resolution };
/// The space that the camera and the slices stand in: the registered world, or the image's own level-0 voxels (integer
/// = voxel centre), in which a voxel is a unit cube whatever its physical size.
enum class Space { world, voxel };

/// The slices: three planes through one point, perpendicular to the image's own axes, or one plane of any orientation;
/// and any number of planes that stand in the volume picture.
struct SliceView {
  dvec3 pointWorld{0.0};   ///< where the planes cross
  dvec3 centreWorld{0.0};  ///< what is in the middle of each panel (its component along the normal is ignored)
  double worldPerPixel = 1.0;
  dquat worldFromSlice{1.0, 0.0, 0.0, 0.0};  ///< of the oblique slice: its right, down and normal directions
  /// The thickness of all slices, wherever they are shown, half of it on either side; 0 = the plane alone. A slice in
  /// whose thickness no voxel lies also shows the plane alone.
  double thicknessWorld = 0.0;
  Slab slab = Slab::maximum;
  /// Planes of any orientation that stand in the volume picture, whatever the layout: a ray ends at the first one.
  std::vector<Plane> planes;
  bool operator==(const SliceView&) const = default;
};

/// All that decides what a picture shows. It is saved as JSON, and opened again.
struct View {
  int setup = 0;      ///< id of the current setup: the one that is shown alone, and whose axes the slices have
  int timepoint = 0;  ///< id
  Space space = Space::world;
  Layout layout = Layout::volume;
  RenderMode mode = RenderMode::mip;
  bool fused = false;  ///< show all visible setups at once, not the current one alone
  Blend blend = Blend::sum;
  /// A setup without a look is white, and not visible in a fused picture. Blend::over mixes in this order.
  std::vector<SetupLook> looks;
  Interpolation interpolation = Interpolation::trilinear;
  Overlay overlay = Overlay::none;
  bool showBox = false;  ///< outline the image's box in the volume picture
  Camera camera;
  SliceView slices;
  Clip clip;
  std::optional<ValueRange> range;     ///< contrast of setups without one of their own; absent = see statedRange()
  std::optional<int> pinnedLevel;      ///< draw this level and no other; absent = chosen by screen space
  std::optional<int> samplesPerVoxel;  ///< on a ray, of the level's own voxels; absent = as many as leave no rings
  /// In modes that integrate: while nothing changes, the mean of this many pictures is shown, each with its samples
  /// elsewhere on the rays, by blue noise. One sample per voxel then leaves no rings. At most kMostJitter; 1 = off.
  int jitter = 1;
  static constexpr int kMostJitter = 256;
  double pixelsPerVoxel = 1.0;  ///< quality: a brick is fine enough when its voxel covers at most this many pixels
  TransferFunction transfer = makeGreyRamp(0.5);
  std::optional<double> isoValue;  ///< of modes iso and first, in stored voxel values; absent = the range's middle
  /// In mode mip: where the screen asks for a coarse level, peaks come from up to this many factors of 2 below it
  /// (pyramid/peaks.h), at most kMostPeakLevels; 0 = voxels are shown as the level stores them.
  int peakLevels = 2;
  double attenuation = 0.05;  ///< of mode attenuated: the attenuation by each shortest voxel edge of full brightness
  Lighting lighting = Lighting::off;  ///< of mode dvr: by the gradient, as a surface would be
  bool operator==(const View&) const = default;
};

/// Places the image in the view's space: its registration, or for Space::voxel the transform that makes level-0 voxels
/// unit cubes.
dmat4 worldFromVoxel(const View& view, const Dataset& dataset, const ImagePyramid& pyramid, ImageId image);

/// Points a view at the whole image and keeps the rest: perspective from a corner, planes through the middle. If
/// `sceneBox` (world space) is given, the view is pointed at that instead.
void pointAtWhole(View& view, const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, const ivec2& sizePx,
                  const std::optional<Box3>& sceneBox = std::nullopt);
/// A view of the image alone, pointed at the whole of it.
View makeDefaultView(const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, const ivec2& sizePx);

/// The same for an orthographic view along the image's axis 0, 1 or 2. Rows and columns lie as in an array [z, y, x]
/// that is reduced along the axis: along z, x to the right and y down; along y, x to the right and z down; along x, y
/// to the right and z down. Without `sizePx` one level-0 voxel is one pixel, in Space::voxel, and the picture has
/// axisPictureSize(); with it the whole image, or all of `sceneBox`, fits the picture, with its physical proportions.
void pointAlongAxis(View& view, const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, int axis,
                    const std::optional<ivec2>& sizePx, const std::optional<Box3>& sceneBox = std::nullopt);
View makeAxisView(const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, int axis,
                  const std::optional<ivec2>& sizePx);
ivec2 axisPictureSize(const ImagePyramid& pyramid, int axis);

/// How the view shows a setup, also if the setup is not among its looks.
SetupLook lookOf(const View& view, int setup);
/// The look of a setup, to be changed; added if it is not there.
SetupLook& editLook(View& view, int setup);
/// Adds the looks of makeLooks() for setups that have none; hidden where a fused picture would change.
void completeLooks(View& view, const Dataset& dataset);
/// The looks of what the picture shows, in the order in which it is mixed: the current setup's alone, or the visible
/// ones.
FrameVector<SetupLook> shownLooks(const View& view);

/// The contrast that a setup is drawn with.
struct SetupRange {
  int setup = 0;  ///< id
  ValueRange range;
  bool automatic = false;  ///< the view does not state it: it suits what is shown
};
/// States these ranges in the looks of the setups. A setup without a look is shown alone; its range becomes the view's.
void writeRanges(View& view, std::span<const SetupRange> ranges);

/// The contrast range that the view states for a setup: the setup's own, or the view's. If there is none, a picture has
/// the contrast that suits what it shows.
std::optional<ValueRange> statedRange(const View& view, int setup);

/// The contrast range that the file suggests for a setup, unless that is just the whole range of a voxel type, which
/// programs write when nobody chose.
std::optional<ValueRange> suggestedRange(const Setup& setup, VoxelType type);

/// The unit vectors of the image's x, y and z axis in world space.
std::array<dvec3, 3> imageAxes(const dmat4& worldFromVoxel);

/// The planes of the image's slices through a point: perpendicular to x, y and z of its voxels.
std::array<Plane, 3> slicePlanes(const dmat4& worldFromVoxel, const dvec3& pointWorld);

/// The camera orientation that sees the image's slice perpendicular to `axis` as the slice panels show it:
/// BigDataViewer's align to XY (2), ZY (0) and XZ (1).
dquat sliceOrientation(const dmat4& worldFromVoxel, int axis);

/// The rectangles of a picture of `sizePx`: one for Layout::volume; XY, ZY, XZ and volume, in this order, for
/// Layout::slices; the slice alone for Layout::oblique. In the XY panel x is to the right and y down, in ZY z to the
/// right and y down, in XZ x to the right and z down.
FrameVector<ViewRegion> makeRegions(const View& view, const dmat4& worldFromVoxel, const ivec2& sizePx);

/// Text form. readViewJson throws Error, naming `what` and the key, if something is missing or of the wrong kind.
std::string writeViewJson(const View& view);
View readViewJson(const std::string& text, const std::string& what);

}  // namespace volary
