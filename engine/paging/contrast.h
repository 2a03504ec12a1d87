#pragma once

#include "paging/shown_scene.h"
#include "paging/survey_reader.h"
#include "scene/view.h"
#include "survey/suitable_range.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace volary {

/// The contrast that the picture's images are drawn with: what the view states, or else what suits what the picture
/// shows of them, by surveys of the dataset.
///
/// Invariant: a range is found for a whole channel, from at most four of its images, spread evenly over time points and
/// setups; so tiles look alike, a series does not flicker, and no camera changes it. It depends on the dataset, and of
/// the view on the mode, the transfer function and what is stated.
class Contrast {
 public:
  explicit Contrast(Source& source);

  /// To be called in each frame, once its images are known.
  void update(const View& view, const ShownScene& scene);

  /// False while surveys are being taken that the picture's contrast depends on.
  bool isKnown() const { return known_; }
  /// Waits for one more survey, or `timeout`.
  void wait(std::chrono::milliseconds timeout) { surveys_.waitForMore(surveysSeen_, timeout); }

  /// Of the scene's images, in their order: those of the volume, or of the slices where the layout has nothing else.
  std::span<const SetupRange> ranges() const { return ranges_; }
  /// The range of the scene's i-th image in regions of that kind.
  const ValueRange& rangeOf(std::size_t i, RegionKind kind) const {
    return kind == RegionKind::slice ? images_[i].slices : images_[i].volume;
  }
  /// Where a surface of it begins unless the view says so.
  double isoValueOf(std::size_t i) const { return images_[i].isoValue; }

  /// The contrast that suits what the view shows of each image, by the voxels in view alone, and whatever the file
  /// suggests. An image without such voxels is left out.
  FrameVector<SetupRange> findInView(const View& view, const ShownScene& scene, std::span<const ViewRegion> regions);

 private:
  struct ImageContrast {
    ValueRange volume, slices;
    double isoValue = 0.0;
  };
  struct Found {
    std::optional<ValueRange> range;
    dvec3 voxelUnits{1.0};
  };

  std::vector<const ValueSurvey*> surveysOf(int setup);
  Shown shownOf(Showing what, const dvec3& voxelUnits) const;
  std::optional<ValueRange> findRange(int setup, Showing what, const SceneImage& image, const Setup& info);

  SurveyReader surveys_;
  std::size_t surveysSeen_ = 0;
  const Dataset& dataset_;
  std::vector<int> channels_;                           // of the dataset's setups
  std::vector<std::vector<ImageId>> samples_;           // of each channel: the images that are surveyed
  std::map<std::pair<int, Showing>, Found> automatic_;  // by channel, for transfer_
  std::map<int, std::optional<double>> thresholds_;     // by channel
  TransferFunction transfer_;
  bool known_ = false;
  std::vector<ImageContrast> images_;
  std::vector<SetupRange> ranges_;
};

}  // namespace volary
