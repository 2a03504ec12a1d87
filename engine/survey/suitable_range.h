#pragma once

#include "pyramid/dataset.h"
#include "survey/value_survey.h"

#include <functional>
#include <optional>
#include <span>

namespace volary {

/// What a picture shows of an image: its voxels, as slices do; of those along a ray the greatest ones, the least ones,
/// the means or the sums; all of them through a transfer function; or a surface at the threshold.
enum class Showing { voxels, maxima, minima, means, sums, composite, surface };

/// What the contrast has to suit.
struct Shown {
  Showing what = Showing::voxels;
  /// The length of a full-resolution voxel along each axis, over the shortest of the three, for composites.
  dvec3 voxelUnits{1.0};
  /// For composites: the opacity of a layer one unit thick and the brightness, in [0, 1], at a value in [0, 1] of the
  /// range.
  std::function<double(double)> opacity;
  std::function<double(double)> brightness;
};

/// The contrast that suits the images of one channel, by their surveys. The specimen has all of
/// the screen's brightness, and about one pixel of a thousand is as bright as can be. `suggested`, what the
/// file states, is taken if no more than one percent of these is cut off at its end (and a composite of it isn't dim).
///
/// Pixels of the specimen are those brighter than 40 of 255. Absent if no voxel is finite. `max` is always larger than
/// `min`. Pure.
std::optional<ValueRange> findSuitableRange(std::span<const ValueSurvey* const> surveys, const Shown& shown,
                                            const std::optional<ValueRange>& suggested);

/// What parts the specimen from the background, by the voxels: where an isosurface begins. Absent as the range is.
std::optional<double> findThreshold(std::span<const ValueSurvey* const> surveys);

}  // namespace volary
