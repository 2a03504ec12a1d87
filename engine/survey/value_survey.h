#pragma once

#include "pyramid/source.h"
#include "survey/cell_statistics.h"
#include "survey/shown_values.h"

#include <functional>

namespace volary {

/// What an image's values are like, found from a small part of its voxels: contrast, thresholds and the first view are
/// chosen by it.
struct ValueSurvey {
  CellGrid grid;
  CellStatistics statistics;
  bool exact = false;  ///< each cell is a voxel
  ShownValues voxels;  ///< as slices show them; all four are empty if no voxel is finite
  /// The greatest voxel, the least, and the mean along lines through the image: along x, y and z, each
  /// counting by its area.
  ShownValues lineMaxima, lineMinima, lineMeans;

  bool empty() const { return voxels.empty(); }
};

/// Surveys an image by its first `levelCount` levels, all that its file has. Reads a level of about 2^18 voxels, or
/// else parts of the coarsest one that take at most 128 MiB (but at least three chunks); and, to learn what the voxels
/// in a coarse one are like, some boxes of the finest level that a picture of the whole may show. Voxels that can't be
/// read don't count. The result depends on the voxels alone. Waits for reads; takes some 30 ms of one core besides.
ValueSurvey takeSurvey(Source& source, ImageId image, int levelCount);

/// The survey of those cells alone that `isIn` names.
ValueSurvey surveyPart(const ValueSurvey& whole, const std::function<bool(const i64vec3& cell)>& isIn);

}  // namespace volary
