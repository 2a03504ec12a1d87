#include "paging/contrast.h"

#include "scene/region.h"
#include "scene/setup_look.h"

#include <algorithm>

namespace volary {

namespace {

constexpr std::size_t kMostSamples = 4;  // images of a channel

Showing showingOf(RenderMode mode) {
  switch (mode) {
    case RenderMode::mip:
    case RenderMode::attenuated:
    case RenderMode::first: return Showing::maxima;
    case RenderMode::minip: return Showing::minima;
    case RenderMode::average: return Showing::means;
    case RenderMode::sum: return Showing::sums;
    case RenderMode::iso: return Showing::surface;
    case RenderMode::dvr: break;
  }
  return Showing::composite;
}

/// The edges of a full-resolution voxel over the shortest of them.
dvec3 voxelUnitsOf(const SceneImage& image) {
  const dmat4& m = image.worldFromVoxel;
  const dvec3 edges(glm::length(dvec3(m[0])), glm::length(dvec3(m[1])), glm::length(dvec3(m[2])));
  return edges / std::min({edges.x, edges.y, edges.z});
}

std::vector<std::vector<ImageId>> chooseSamples(const Dataset& dataset, std::span<const int> channels) {
  std::vector<std::vector<ImageId>> all;
  for (std::size_t timepoint = 0; timepoint < dataset.timepoints.size(); ++timepoint)
    for (std::size_t setup = 0; setup < dataset.setups.size(); ++setup) {
      if (!dataset.setups[setup].present[timepoint]) continue;
      const auto channel = static_cast<std::size_t>(channels[setup]);
      if (all.size() <= channel) all.resize(channel + 1);
      all[channel].push_back({static_cast<std::int32_t>(setup), static_cast<std::int32_t>(timepoint)});
    }
  for (std::vector<ImageId>& images : all) {
    if (images.size() <= kMostSamples) continue;
    std::vector<ImageId> chosen;
    for (std::size_t i = 0; i < kMostSamples; ++i)
      chosen.push_back(images[i * (images.size() - 1) / (kMostSamples - 1)]);
    images = std::move(chosen);
  }
  return all;
}

/// Whether a cell of the grid, or a part of it, can be seen in the region.
class CellsInView {
 public:
  CellsInView(const ViewRegion& region, const SceneImage& image, const CellGrid& grid)
      : planes_(regionPlanes(region)),
        worldFromVoxel_(image.worldFromVoxel),
        spacing_(grid.cellVoxels * grid.repeat),
        radius_(0.0) {
    for (int a = 0; a < 3; ++a) radius_ += 0.5 * spacing_[a] * glm::length(dvec3(worldFromVoxel_[a]));
    // A volume's cells count by their middles, a slice's by touching it.
    if (region.kind == RegionKind::volume) radius_ = 0.0;
  }

  bool operator()(const i64vec3& cell) const {
    const dvec3 voxel = (dvec3(cell) + 0.5) * spacing_ - 0.5;
    const dvec3 world(worldFromVoxel_ * dvec4(voxel, 1.0));
    return std::ranges::all_of(planes_, [&](const dvec4& plane) {
      return glm::dot(dvec3(plane), world) + plane.w >= -radius_ * glm::length(dvec3(plane));
    });
  }

 private:
  std::array<dvec4, 6> planes_;
  const dmat4& worldFromVoxel_;
  dvec3 spacing_;
  double radius_;
};

}  // namespace

Contrast::Contrast(Source& source)
    : surveys_(source),
      dataset_(source.dataset()),
      channels_(findChannels(dataset_)),
      samples_(chooseSamples(dataset_, channels_)) {}

/// Those of the setup's channel; asks for all of them. Empty while one is missing.
std::vector<const ValueSurvey*> Contrast::surveysOf(int setup) {
  std::vector<const ValueSurvey*> surveys;
  bool all = true;
  for (const ImageId image : samples_[static_cast<std::size_t>(channels_[static_cast<std::size_t>(setup)])]) {
    surveys.push_back(surveys_.find(image));
    all = all && surveys.back();
  }
  if (!all) surveys.clear();
  return surveys;
}

Shown Contrast::shownOf(Showing what, const dvec3& voxelUnits) const {
  return {.what = what,
          .voxelUnits = voxelUnits,
          .opacity = [this](double at) { return evaluate(transfer_, at).a; },
          .brightness =
              [this](double at) {
                const dvec4 colour = evaluate(transfer_, at);
                return std::max({colour.r, colour.g, colour.b});
              }};
}

/// Absent while it is not known. If the channel has no values, that is the range of the voxel type.
std::optional<ValueRange> Contrast::findRange(int setup, Showing what, const SceneImage& image, const Setup& info) {
  const int channel = channels_[static_cast<std::size_t>(setup)];
  const dvec3 units = what == Showing::composite ? voxelUnitsOf(image) : dvec3(1.0);
  Found& found = automatic_[{channel, what}];
  if (found.range && found.voxelUnits == units) return found.range;
  const std::vector<const ValueSurvey*> surveys = surveysOf(setup);
  if (surveys.empty()) return std::nullopt;
  const VoxelType type = image.pyramid->voxelType;
  found = {findSuitableRange(surveys, shownOf(what, units), suggestedRange(info, type)).value_or(naturalRange(type)),
           units};
  return found.range;
}

void Contrast::update(const View& view, const ShownScene& scene) {
  surveysSeen_ = surveys_.finishedCount();
  if (infoOf(view.mode).composites && transfer_ != view.transfer) {
    transfer_ = view.transfer;
    std::erase_if(automatic_, [](const auto& one) { return one.first.second == Showing::composite; });
  }
  const bool showsVolume = view.layout != Layout::oblique, showsSlices = view.layout != Layout::volume;
  const Showing inVolume = showingOf(view.mode);
  known_ = true;
  images_.resize(scene.images().size());
  ranges_.resize(images_.size());
  for (std::size_t i = 0; i < images_.size(); ++i) {
    const SceneImage& image = scene.images()[i];
    const Setup& setup = scene.setupOf(image.id);
    const auto stated = statedRange(view, setup.id);
    const auto choose = [&](ValueRange& range, Showing what) {
      const auto found = stated ? stated : findRange(image.id.setup, what, image, setup);
      range = found.value_or(naturalRange(image.pyramid->voxelType));
      known_ = known_ && found;
    };
    if (showsVolume) choose(images_[i].volume, inVolume);
    if (showsSlices) choose(images_[i].slices, Showing::voxels);
    ranges_[i] = {setup.id, showsVolume ? images_[i].volume : images_[i].slices, !stated};
    if (!infoOf(view.mode).hasIsoValue || view.isoValue || !showsVolume) continue;
    std::optional<double>& threshold = thresholds_[channels_[static_cast<std::size_t>(image.id.setup)]];
    if (!threshold) {
      const std::vector<const ValueSurvey*> surveys = surveysOf(image.id.setup);
      known_ = known_ && !surveys.empty();
      if (!surveys.empty())
        threshold = findThreshold(surveys).value_or(0.5 * (images_[i].volume.min + images_[i].volume.max));
    }
    images_[i].isoValue = threshold.value_or(0.0);
  }
}

FrameVector<SetupRange> Contrast::findInView(const View& view, const ShownScene& scene,
                                             std::span<const ViewRegion> regions) {
  FrameVector<SetupRange> found;
  const ViewRegion& region = view.layout == Layout::volume ? regions.back() : regions.front();
  const Showing what = region.kind == RegionKind::slice ? Showing::voxels : showingOf(view.mode);
  for (const SceneImage& image : scene.images()) {
    // Until the image's own survey is there, those of its channel do.
    std::vector<const ValueSurvey*> surveys{surveys_.find(image.id)};
    if (!surveys.front()) surveys = surveysOf(image.id.setup);
    std::vector<ValueSurvey> parts;
    for (const ValueSurvey* survey : surveys)
      parts.push_back(surveyPart(*survey, CellsInView(region, image, survey->grid)));
    std::vector<const ValueSurvey*> known;
    for (const ValueSurvey& part : parts) known.push_back(&part);
    if (const auto range = findSuitableRange(known, shownOf(what, voxelUnitsOf(image)), std::nullopt))
      found.push_back({scene.setupOf(image.id).id, *range});
  }
  return found;
}

}  // namespace volary
