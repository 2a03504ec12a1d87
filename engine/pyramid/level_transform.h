#pragma once

#include "base/geometry.h"
#include "pyramid/dataset.h"

/// The coordinate spaces of a pyramid.
///
/// *voxel*: integer = voxel centre, so a level of n voxels spans [-0.5, n - 0.5].
/// *edge*:  voxel + 0.5, so a level spans [0, n] and the levels differ by their factors alone: edge0 = factor * edgeL.
///          This is what bricks, rays and the page table use.
/// *world*: physical units, where the registrations put the images.
namespace volary {

/// Full-resolution voxel from a level's voxel: p -> factor * p + (factor - 1) / 2 (BigDataViewer's mipmap transform).
dmat4 voxelFromLevelVoxel(const dvec3& factor);

/// World from the edge space of the full resolution grid (factor 1).
dmat4 worldFromEdge(const dmat4& worldFromVoxel);

/// The size in full-resolution voxels of the image's box: level 0's extent times its factor. The box is [0, size] in
/// edge space, [-0.5, size - 0.5] in voxel space.
dvec3 fullSizeVoxels(const ImagePyramid& pyramid);

/// The axis-aligned world box of an image.
Box3 worldBox(const ImagePyramid& pyramid, const dmat4& worldFromVoxel);

}  // namespace volary
