#include "scene/view.h"

#include "pyramid/level_transform.h"

#include <glm/gtc/constants.hpp>
#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <iterator>

namespace volary {

namespace {

/// Pixels between the panels of the 2 x 2.
constexpr int kPanelGapPx = 2;

/// Which axes point right and down in the panel perpendicular to each image axis: ZY, XZ, XY.
struct PanelAxes {
  int right;
  int down;
};
constexpr std::array<PanelAxes, 3> kPanelAxes = {{{2, 1}, {0, 2}, {0, 1}}};

/// Rows and columns of an array [z, y, x] that is reduced along each image axis.
constexpr std::array<PanelAxes, 3> kArrayAxes = {{{1, 2}, {0, 2}, {0, 1}}};

/// Two perpendicular unit vectors in the plane of two image axes, also where the registration shears them.
std::pair<dvec3, dvec3> planeBasis(const dmat4& worldFromVoxel, const PanelAxes& axes) {
  const auto image = imageAxes(worldFromVoxel);
  const dvec3 right = image[static_cast<std::size_t>(axes.right)];
  const dvec3 down = image[static_cast<std::size_t>(axes.down)];
  return {right, glm::normalize(down - glm::dot(down, right) * right)};
}

dquat orientation(const dvec3& right, const dvec3& down) {
  return glm::normalize(glm::quat_cast(dmat3(right, down, glm::cross(right, down))));
}

}  // namespace

dmat4 worldFromVoxel(const View& view, const Dataset& dataset, const ImagePyramid& pyramid, ImageId image) {
  if (view.space == Space::world)
    return dataset.setups[static_cast<std::size_t>(image.setup)]
        .worldFromVoxel[static_cast<std::size_t>(image.timepoint)];
  // Level 0 need not have the full resolution: its voxels become the unit cubes.
  return glm::inverse(voxelFromLevelVoxel(pyramid.levels.front().factor));
}

std::array<dvec3, 3> imageAxes(const dmat4& worldFromVoxel) {
  return {glm::normalize(dvec3(worldFromVoxel[0])), glm::normalize(dvec3(worldFromVoxel[1])),
          glm::normalize(dvec3(worldFromVoxel[2]))};
}

std::array<Plane, 3> slicePlanes(const dmat4& worldFromVoxel, const dvec3& pointWorld) {
  // A plane across x holds the directions of y and z, which a shear may put at another angle to x.
  const std::array<dvec3, 3> axes = imageAxes(worldFromVoxel);
  return {planeThrough(pointWorld, glm::cross(axes[1], axes[2])),
          planeThrough(pointWorld, glm::cross(axes[2], axes[0])),
          planeThrough(pointWorld, glm::cross(axes[0], axes[1]))};
}

dquat sliceOrientation(const dmat4& worldFromVoxel, int axis) {
  const auto [right, down] = planeBasis(worldFromVoxel, kPanelAxes[static_cast<std::size_t>(axis)]);
  return orientation(right, down);
}

void pointAtWhole(View& view, const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, const ivec2& sizePx,
                  const std::optional<Box3>& sceneBox) {
  view.setup = dataset.setups[static_cast<std::size_t>(image.setup)].id;
  view.timepoint = dataset.timepoints[static_cast<std::size_t>(image.timepoint)];
  view.space = Space::world;
  const dmat4 worldFromVoxelOfImage = worldFromVoxel(view, dataset, pyramid, image);
  const Box3 box = sceneBox.value_or(worldBox(pyramid, worldFromVoxelOfImage));

  // From the side and a little from above, so that all three axes can be told apart.
  const dquat fromCorner =
      glm::angleAxis(glm::radians(-35.0), dvec3(0, 1, 0)) * glm::angleAxis(glm::radians(-25.0), dvec3(1, 0, 0));
  const double aspect = double(sizePx.x) / sizePx.y;
  view.camera =
      makeCameraFor(box, sliceOrientation(worldFromVoxelOfImage, 2) * fromCorner, Projection::perspective, aspect);

  view.slices.worldFromSlice = sliceOrientation(worldFromVoxelOfImage, 2);
  view.slices.pointWorld = view.slices.centreWorld =
      sceneBox ? sceneBox->centre()
               : transformPoint(worldFromEdge(worldFromVoxelOfImage), 0.5 * fullSizeVoxels(pyramid));
  // Each panel has half the picture; the longest edge of the image fits its shorter side.
  const dvec3 extent = box.extent();
  const double longest = std::max({extent.x, extent.y, extent.z});
  view.slices.worldPerPixel = 1.05 * longest / std::max(1.0, 0.5 * std::min(sizePx.x, sizePx.y));
}

View makeDefaultView(const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, const ivec2& sizePx) {
  View view;
  pointAtWhole(view, dataset, pyramid, image, sizePx);
  return view;
}

ivec2 axisPictureSize(const ImagePyramid& pyramid, int axis) {
  const PanelAxes axes = kArrayAxes[static_cast<std::size_t>(axis)];
  const i64vec3 size = pyramid.levels.front().sizeVoxels;
  return ivec2(size[axes.right], size[axes.down]);
}

void pointAlongAxis(View& view, const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, int axis,
                    const std::optional<ivec2>& sizePx, const std::optional<Box3>& sceneBox) {
  const ivec2 size = sizePx.value_or(axisPictureSize(pyramid, axis));
  pointAtWhole(view, dataset, pyramid, image, size);
  view.space = sizePx ? Space::world : Space::voxel;
  const dmat4 toWorld = worldFromVoxel(view, dataset, pyramid, image);
  const auto [right, down] = planeBasis(toWorld, kArrayAxes[static_cast<std::size_t>(axis)]);
  const Box3 box = sizePx ? sceneBox.value_or(worldBox(pyramid, toWorld)) : worldBox(pyramid, toWorld);
  view.camera = makeCameraFor(box, orientation(right, down), Projection::orthographic, double(size.x) / size.y);
  view.slices.pointWorld = view.slices.centreWorld = box.centre();
  if (!sizePx) view.camera.orthoHeightWorld = size.y;
}

View makeAxisView(const Dataset& dataset, const ImagePyramid& pyramid, ImageId image, int axis,
                  const std::optional<ivec2>& sizePx) {
  View view;
  pointAlongAxis(view, dataset, pyramid, image, axis, sizePx);
  return view;
}

SetupLook lookOf(const View& view, int setup) {
  const auto found = std::ranges::find(view.looks, setup, &SetupLook::setup);
  return found != view.looks.end() ? *found : SetupLook{.setup = setup, .visible = false};
}

SetupLook& editLook(View& view, int setup) {
  const auto found = std::ranges::find(view.looks, setup, &SetupLook::setup);
  return found != view.looks.end() ? *found : view.looks.emplace_back(lookOf(view, setup));
}

void completeLooks(View& view, const Dataset& dataset) {
  const bool keepsPicture = view.fused && !view.looks.empty();
  for (SetupLook look : makeLooks(dataset)) {
    if (std::ranges::find(view.looks, look.setup, &SetupLook::setup) != view.looks.end()) continue;
    look.visible = !keepsPicture;
    view.looks.push_back(look);
  }
}

FrameVector<SetupLook> shownLooks(const View& view) {
  if (!view.fused) return {lookOf(view, view.setup)};
  FrameVector<SetupLook> shown;
  std::ranges::copy_if(view.looks, std::back_inserter(shown), &SetupLook::visible);
  return shown;
}

void writeRanges(View& view, std::span<const SetupRange> ranges) {
  for (const SetupRange& one : ranges) {
    const auto look = std::ranges::find(view.looks, one.setup, &SetupLook::setup);
    (look != view.looks.end() ? look->range : view.range) = one.range;
  }
}

std::optional<ValueRange> statedRange(const View& view, int setup) {
  const std::optional<ValueRange> own = lookOf(view, setup).range;
  return own ? own : view.range;
}

std::optional<ValueRange> suggestedRange(const Setup& setup, VoxelType type) {
  const std::optional<ValueRange>& suggested = setup.displayRange;
  const bool chosen = suggested && suggested->min < suggested->max && *suggested != naturalRange(type) &&
                      *suggested != naturalRange(VoxelType::uint16);
  return chosen ? suggested : std::nullopt;
}

FrameVector<ViewRegion> makeRegions(const View& view, const dmat4& worldFromVoxel, const ivec2& sizePx) {
  const auto volume = [&](const ivec2& offset, const ivec2& size) {
    ViewRegion region = makeVolumeRegion(view.camera, offset, size);
    region.clip = clipHalfSpaces(view.clip);
    if (view.layout == Layout::slices || !view.slices.planes.empty()) region.slabWorld = view.slices.thicknessWorld;
    return region;
  };
  if (view.layout == Layout::volume) return {volume(ivec2(0), sizePx)};
  const auto through = [&](int axis, const dvec3& right, const dvec3& down, const ivec2& offset, const ivec2& size) {
    // The panel's middle, moved along the normal into the plane through the point.
    const dvec3 normal = glm::cross(right, down);
    const dvec3 centre =
        view.slices.centreWorld + glm::dot(view.slices.pointWorld - view.slices.centreWorld, normal) * normal;
    ViewRegion region = makeSliceRegion(axis, centre, right, down, view.slices.worldPerPixel, offset, size);
    region.slabWorld = view.slices.thicknessWorld;
    return region;
  };
  const dquat& turn = view.slices.worldFromSlice;
  if (view.layout == Layout::oblique)
    return {through(-1, turn * dvec3(1, 0, 0), turn * dvec3(0, 1, 0), ivec2(0), sizePx)};

  // XY and ZY above, XZ and the volume below: neighbours share an axis.
  const ivec2 first = glm::max((sizePx - kPanelGapPx) / 2, ivec2(1));
  const ivec2 second = glm::max(first + kPanelGapPx, ivec2(0));
  const ivec2 rest = glm::max(sizePx - second, ivec2(1));
  const auto slice = [&](int axis, const ivec2& offset, const ivec2& size) {
    const auto [right, down] = planeBasis(worldFromVoxel, kPanelAxes[static_cast<std::size_t>(axis)]);
    return through(axis, right, down, offset, size);
  };
  return {slice(2, ivec2(0), first), slice(0, {second.x, 0}, {rest.x, first.y}),
          slice(1, {0, second.y}, {first.x, rest.y}), volume(second, rest)};
}

}  // namespace volary
