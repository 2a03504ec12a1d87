#include "formats/zarr/zarr_source.h"

#include "base/error.h"
#include "formats/arrays/json_file.h"
#include "formats/zarr/image_list.h"
#include "formats/zarr/ome_metadata.h"
#include "formats/zarr/zarr_location.h"
#include "storage/location.h"

#include <algorithm>
#include <utility>

namespace volary {

using namespace zarr;

namespace {

constexpr std::size_t kMaxSeries = 100'000;

/// What is being opened, while it is put together.
struct Draft {
  Dataset dataset;
  std::shared_ptr<ImageList> images = std::make_shared<ImageList>();
  std::vector<arrays::SetupPlace> places;  ///< one a setup
};

void openImage(Draft& draft, const Node& node) {
  draft.images->add(node.folder, "");
  const arrays::MultiscaleImage& image = draft.images->open(0);
  draft.dataset.format = image.format;
  arrays::setTimepoints(draft.dataset, image.timepoints, node.folder);
  arrays::addSetups(draft.dataset, draft.places, 0, image, "");
  arrays::addWarnings(draft.dataset, image, "");
}

/// The folders of the images that bioformats2raw wrote: as OME/ lists them, or counted from 0.
std::vector<std::string> listSeries(const Node& node) {
  std::vector<std::string> paths;
  const std::optional<Node> ome = findNode(node.folder / "OME");
  const nlohmann::json* listed = ome ? arrays::findMember(omeAttributes(*ome), "series") : nullptr;
  if (listed && listed->is_array())
    for (const nlohmann::json& path : *listed)
      if (path.is_string() && paths.size() < kMaxSeries) paths.push_back(path.get<std::string>());
  if (paths.empty())
    while (paths.size() < kMaxSeries && hasMetadata(node.folder / std::to_string(paths.size())))
      paths.push_back(std::to_string(paths.size()));
  if (paths.empty()) fail("{}: there are no images in it", node.folder.text());
  return paths;
}

void openSeries(Draft& draft, const Node& node) {
  const std::vector<std::string> paths = listSeries(node);
  std::int64_t timepoints = 1;
  for (const std::string& path : paths) {
    const std::size_t index = draft.images->size();
    draft.images->add(nameInErrors(node.folder, [&] { return node.folder.inside(path); }), "");
    timepoints = std::max(timepoints, draft.images->open(index).timepoints);
  }
  draft.dataset.format = draft.images->open(0).format;
  arrays::setTimepoints(draft.dataset, timepoints, node.folder);
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const arrays::MultiscaleImage& image = draft.images->open(i);
    // A single image needs no number.
    const std::string name = image.name.empty() ? "image " + paths[i] : image.name;
    const std::string prefix = paths.size() > 1 ? name : "";
    arrays::addSetups(draft.dataset, draft.places, i, image, prefix);
    arrays::addWarnings(draft.dataset, image, prefix);
  }
}

/// Adds the fields of a well, named after it.
void listFields(Draft& draft, const Node& well, const std::string& wellName) {
  nameInErrors(well.folder, [&] {
    for (const std::string& field : parseFieldPaths(omeAttributes(well)))
      draft.images->add(well.folder.inside(field), fmt::format("{} field {}", wellName, field));
    return 0;
  });
}

/// Makes the setups of all fields like those of the first one that can be opened: nothing is read of the others yet.
void openFields(Draft& draft, const Node& node) {
  if (draft.images->size() == 0) fail("{}: there are no images in its wells", node.folder.text());
  const arrays::MultiscaleImage* model = nullptr;
  std::string failure;
  for (std::size_t i = 0; i < draft.images->size() && !model; ++i) try {
      model = &draft.images->open(i);
    } catch (const Error& error) {
      if (failure.empty()) failure = error.what();
    }
  if (!model) throw Error(failure);
  const std::string version = parseVersion(omeAttributes(node));
  draft.dataset.format = version.empty() ? model->format : "OME-Zarr " + version;
  arrays::setTimepoints(draft.dataset, model->timepoints, node.folder);
  for (std::size_t i = 0; i < draft.images->size(); ++i)
    arrays::addSetups(draft.dataset, draft.places, i, *model, draft.images->name(i));
  arrays::addWarnings(draft.dataset, *model, "");
  if (draft.images->size() > 1)
    draft.dataset.warnings.push_back(
        fmt::format("its {} fields of view lie at the same place, each as a setup", draft.images->size()));
}

void openPlate(Draft& draft, const Node& plate) {
  const nlohmann::json& attributes = omeAttributes(plate);
  std::size_t missing = 0;
  nameInErrors(plate.folder, [&] {
    for (const std::string& path : parseWellPaths(attributes)) {
      const std::optional<Node> well = findNode(plate.folder.inside(path));
      if (well && isWell(omeAttributes(*well)))
        listFields(draft, *well, path);
      else
        ++missing;
    }
    return 0;
  });
  if (missing > 0)
    draft.dataset.warnings.push_back(fmt::format("{} of the wells that it lists are not there", missing));
  openFields(draft, plate);
}

void openWell(Draft& draft, const Node& well) {
  const Location& folder = well.folder;
  listFields(draft, well, folder.parent().name() + "/" + folder.name());
  openFields(draft, well);
}

}  // namespace

bool looksLikeZarr(const Candidate& candidate) {
  if (candidate.isFolder) return hasMetadata(candidate.location);
  return isMetadataName(candidate.location.name());
}

bool liesInZarr(const Candidate& candidate) { return findNodeFolder(candidate.location).has_value(); }

std::unique_ptr<Source> openZarr(const Location& picked) {
  Located located = locate(picked);
  Draft draft;
  draft.dataset.location = picked.text();
  if (!located.note.empty()) draft.dataset.warnings.push_back(located.note);
  switch (located.kind) {
    case Located::Kind::image:
    case Located::Kind::array: openImage(draft, located.node); break;
    case Located::Kind::series: openSeries(draft, located.node); break;
    case Located::Kind::plate: openPlate(draft, located.node); break;
    case Located::Kind::well: openWell(draft, located.node); break;
  }
  return arrays::makeArraySource(std::move(draft.dataset), {located.node.folder},
                                 [images = draft.images, places = std::move(draft.places)](ImageId id) {
                                   const arrays::SetupPlace& place = places.at(static_cast<std::size_t>(id.setup));
                                   return arrays::makeArrayImage(images->open(place.image), place.channel,
                                                                 id.timepoint);
                                 });
}

}  // namespace volary
