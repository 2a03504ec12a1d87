#pragma once

#include "pyramid/dataset.h"
#include "scene/view.h"

#include <optional>
#include <string>
#include <vector>

/// How gestures change a view. Pure: each function takes a view and returns the changed one; pixels are those of the
/// picture.
namespace volary {

/// What navigation needs to know of the image that is shown.
struct SceneGeometry {
  dmat4 worldFromVoxel{1.0};
  dvec3 sizeVoxels{1.0};  ///< of the full resolution grid
  dvec3 voxelWorld{1.0};  ///< world length of a voxel's edges
  Box3 worldBox;
};
SceneGeometry makeSceneGeometry(const ImagePyramid& pyramid, const dmat4& worldFromVoxel);

/// The region under `px`.
std::optional<ViewRegion> findRegion(const std::vector<ViewRegion>& regions, const dvec2& px);

/// World units that a picture pixel covers: at the camera's pivot on a volume, in the plane on a slice.
double worldPerPixel(const ViewRegion& region, const Camera& camera);

/// Volume: the specimen follows the pointer about the pivot / in the plane of the pivot / the head turns.
Camera orbitByDrag(const Camera& camera, const dvec2& deltaPx, double scale);
Camera panByDrag(const Camera& camera, const ViewRegion& region, const dvec2& deltaPx);
Camera lookByDrag(const Camera& camera, const dvec2& deltaPx);

/// Zooms by 1.1^steps and stays within sight of the image: never nearer than a tenth of a voxel, never farther than a
/// hundred times the image.
Camera zoomCamera(const Camera& camera, const SceneGeometry& geometry, double steps);
SliceView zoomSlices(const SliceView& slices, const SceneGeometry& geometry, double steps);
/// The same, keeping the point under `px` where it is.
SliceView zoomSlicesAt(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region,
                       const dvec2& px, double steps);

SliceView panSlices(const SliceView& slices, const ViewRegion& region, const dvec2& deltaPx);

/// Moves the planes' crossing to the point under `px`, no farther than the image's outermost voxel centres.
SliceView crossAt(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region, const dvec2& px);

/// Moves the plane across `axis` by steps of one voxel, or of one pixel if a pixel covers more than a voxel. Stays
/// between the outermost voxel centres.
SliceView stepSlices(const SliceView& slices, const SceneGeometry& geometry, int axis, double steps);

/// The oblique slice: turns about the point under `pivotPx`, as the specimen follows the pointer; turns in its plane
/// about its middle; faces the image's plane across `axis`; moves along its normal by steps of one voxel, or of one
/// pixel if that covers more, but no farther than the image.
SliceView turnSlice(const SliceView& slices, const ViewRegion& region, const dvec2& pivotPx, const dvec2& deltaPx,
                    double scale);
SliceView rollSlice(const SliceView& slices, const ViewRegion& region, double radians);
SliceView alignSlice(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region, int axis);
SliceView stepOblique(const SliceView& slices, const SceneGeometry& geometry, const ViewRegion& region, double steps);

/// Moves the camera along its view axis by steps of a hundredth of the pivot's distance, the pivot with it.
Camera stepCamera(const Camera& camera, double steps);

/// Flies for `seconds`: `direction` in camera space (x right, y down, z forward), `speedWorld` in world units a second.
/// An orthographic camera zooms instead of going forward, which would not change its picture.
Camera flyFor(const Camera& camera, const SceneGeometry& geometry, const dvec3& direction, double speedWorld,
              double seconds);

/// The camera turned to face the image's plane across `axis` as the slices show it; the pivot stays in the middle.
Camera alignCamera(const Camera& camera, const SceneGeometry& geometry, int axis);

/// A camera between two others, `share` in [0, 1]: the orientation turns the shortest way, about the moving pivot.
Camera interpolateCamera(const Camera& from, const Camera& to, double share);

/// The world point under `px` on a slice.
dvec3 slicePoint(const ViewRegion& region, const dvec2& px);

}  // namespace volary
