#include "viewer/session.h"

#include "base/bytes.h"
#include "base/error.h"
#include "formats/open.h"
#include "storage/file_states.h"

namespace volary {

namespace {

ImageId findFirstImage(const Dataset& dataset) {
  for (std::size_t setup = 0; setup < dataset.setups.size(); ++setup)
    for (std::size_t timepoint = 0; timepoint < dataset.timepoints.size(); ++timepoint)
      if (dataset.setups[setup].present[timepoint])
        return {static_cast<std::int32_t>(setup), static_cast<std::int32_t>(timepoint)};
  fail("{}: there is no image in this file", dataset.location);
}

std::string sizeOf(const std::vector<Location>& files) {
  if (files.empty()) return "not stored";
  const std::optional<std::uint64_t> bytes = totalBytes(files);
  return bytes ? formatBytes(*bytes) : "a folder of files";
}

}  // namespace

OpenedFile openFile(const std::string& location, const View* wanted, const std::optional<SidecarSettings>& sidecar) {
  OpenedFile file{.location = location, .source = openSource(location)};
  if (sidecar) {
    auto source = std::make_unique<SidecarSource>(std::move(file.source), *sidecar);
    file.sidecar = source.get();
    file.source = std::move(source);
  }
  const Dataset& dataset = file.source->dataset();
  file.image = wanted ? ImageId{findSetupIndex(dataset, wanted->setup), findTimepointIndex(dataset, wanted->timepoint)}
                      : findFirstImage(dataset);
  file.source->pyramid(file.image);
  file.size = sizeOf(file.source->files());
  return file;
}

Session::Session(gpu::Device& device, OpenedFile file, const EngineSettings& settings, const View* wanted,
                 const ivec2& sizePx)
    : file_(std::move(file)),
      engine_(device, *file_.source, settings),
      firstView_(wanted ? complete(*wanted) : makeView(sizePx)) {
  engine_.prepare(firstView_, sizePx, Effort::interactive);
}

View Session::makeView(const ivec2& sizePx) const {
  View view = makeDefaultView(dataset(), pyramid(file_.image), file_.image, sizePx);
  view.looks = makeLooks(dataset());
  view.fused = isOneImageInChannels(dataset());
  return view;
}

View Session::complete(View view) const {
  if (!view.fused) editLook(view, view.setup).visible = true;
  completeLooks(view, dataset());
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

}  // namespace volary
