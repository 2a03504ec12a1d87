#include "viewer/session.h"

#include "base/error.h"
#include "formats/open.h"
#include "streaming/data_range.h"
#include "viewer/process_memory.h"

#include <chrono>

namespace volary {

namespace {

ImageId findFirstImage(const Dataset& dataset) {
  for (std::size_t setup = 0; setup < dataset.setups.size(); ++setup)
    for (std::size_t timepoint = 0; timepoint < dataset.timepoints.size(); ++timepoint)
      if (dataset.setups[setup].present[timepoint])
        return {static_cast<std::int32_t>(setup), static_cast<std::int32_t>(timepoint)};
  fail("{}: there is no image in this file", dataset.file.string());
}

// One thread is enough for a contrast range, and leaves the cores to the bricks.
constexpr int kContrastThreads = 1;

// Damaged voxels are no reason not to open a file: their bricks tell what is wrong with them.
ValueRange findRangeAnyhow(Source& source, ImageId image) {
  try {
    return findDisplayRange(source, image, kContrastThreads);
  } catch (const Error&) {
    return naturalRange(source.pyramid(image).voxelType);
  }
}

}  // namespace

OpenedFile openFile(const std::string& location, const View* wanted) {
  OpenedFile file{.location = location, .source = openSource(location)};
  const Dataset& dataset = file.source->dataset();
  file.image = wanted ? ImageId{findSetupIndex(dataset, wanted->setup), findTimepointIndex(dataset, wanted->timepoint)}
                      : findFirstImage(dataset);
  file.source->pyramid(file.image);
  file.range = wanted && wanted->range ? *wanted->range : findRangeAnyhow(*file.source, file.image);
  file.bytesOnDisk = datasetBytesOnDisk(dataset.file);
  return file;
}

Session::Session(gpu::Device& device, OpenedFile file, const EngineSettings& settings)
    : file_(std::move(file)), engine_(device, *file_.source, settings) {}

View Session::makeView(const ivec2& sizePx) const {
  View view = makeDefaultView(dataset(), pyramid(file_.image), file_.image, sizePx);
  view.range = file_.range;
  return view;
}

ImageId Session::imageOf(const View& view) const {
  return {findSetupIndex(dataset(), view.setup), findTimepointIndex(dataset(), view.timepoint)};
}

bool Session::isPresent(ImageId image) const {
  return dataset().setups[static_cast<std::size_t>(image.setup)].present[static_cast<std::size_t>(image.timepoint)];
}

SceneGeometry Session::geometryOf(const View& view) const {
  const ImageId image = imageOf(view);
  return makeSceneGeometry(pyramid(image), worldFromVoxel(view, dataset(), pyramid(image), image));
}

void Session::requestContrast(ImageId image, ContrastFrom from) {
  if (contrast_.valid()) return;
  Source& source = *file_.source;
  contrast_ = std::async(std::launch::async, [&source, image, from] {
    const bool fromData = from == ContrastFrom::voxels;
    return FoundContrast{image, (fromData ? findDataRange : findDisplayRange)(source, image, kContrastThreads)};
  });
}

std::optional<Session::FoundContrast> Session::takeContrast() {
  if (!contrast_.valid() || contrast_.wait_for(std::chrono::seconds(0)) != std::future_status::ready)
    return std::nullopt;
  return contrast_.get();
}

}  // namespace volary
