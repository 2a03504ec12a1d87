#include "formats/bdv/bdv_arrays.h"

#include "base/error.h"
#include "base/text_values.h"
#include "formats/arrays/array_source.h"
#include "formats/arrays/axis_roles.h"
#include "formats/n5/n5_array.h"
#include "formats/zarr/ome_image.h"
#include "pyramid/level_factors.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

namespace volary {

namespace {

// A block lies as many folders below the container as it has axes, and five more.
constexpr int kMaxSteps = 8;

/// "file:" has been removed: what still has "://" names a host.
bool isRemote(const std::string& text) { return text.find("://") != text.npos; }

Location findFolder(const SpimData& data) {
  const std::string stated = data.arrays ? data.arrays->text : "";
  if (stated.empty()) fail("{}: it names no folder of images", data.file.text());
  if (isRemote(stated)) fail("{}: its images are not on this machine but at {}", data.file.text(), stated);
  SpimPath named = *data.arrays;
  while (named.text.size() > 1 && named.text.ends_with('/')) named.text.pop_back();
  if (const auto direct = placeOf(named, data.baseFolder); direct && direct->isFolder()) return *direct;
  // Datasets are moved about: the same name beside the XML.
  const std::string name = named.text.substr(named.text.find_last_of('/') + 1);
  if (const Location beside = data.file.parent() / name; beside.isFolder()) return beside;
  fail("{}: its folder of images {} can't be found, nor one of that name beside it", data.file.text(), stated);
}

/// The ids of an image of a dataset.
SpimView viewOf(const Dataset& dataset, ImageId id) {
  return {dataset.timepoints.at(static_cast<std::size_t>(id.timepoint)),
          dataset.setups.at(static_cast<std::size_t>(id.setup)).id};
}

std::vector<dvec3> readFactors(const Location& setupFolder) {
  std::vector<dvec3> factors;
  const std::optional<n5::Json> attributes = n5::findAttributes(setupFolder);
  const n5::Json* table = attributes ? arrays::findMember(*attributes, "downsamplingFactors") : nullptr;
  if (!table || !table->is_array()) return factors;
  if (table->size() > kMaxLevels) fail("{}: {} levels are absurd", setupFolder.text(), table->size());
  for (const n5::Json& row : *table) {
    const auto numbers = arrays::findNumbers(&row);
    if (!numbers || numbers->size() != 3 ||
        std::ranges::any_of(*numbers, [](double n) { return !(n >= 1e-3 && n <= 1e6); }))
      fail("{}: its \"downsamplingFactors\" are not three sound numbers a level", setupFolder.text());
    factors.emplace_back((*numbers)[0], (*numbers)[1], (*numbers)[2]);
  }
  return factors;
}

arrays::ArrayImage openN5View(const Location& container, const SpimView& view, const std::string& what) {
  const Location setupFolder = container / fmt::format("setup{}", view.second);
  const std::vector<dvec3> factors = readFactors(setupFolder);
  arrays::ArrayImage image;
  const std::size_t levels = factors.empty() ? kMaxLevels : factors.size();
  for (std::size_t level = 0; level < levels; ++level) {
    const Location folder = setupFolder / fmt::format("timepoint{}", view.first) / fmt::format("s{}", level);
    const std::optional<n5::Json> attributes = n5::findAttributes(folder);
    if (!attributes && factors.empty()) break;
    if (!attributes) continue;
    nameInErrors(folder, [&] {
      auto array = n5::openDataset(folder, *attributes);
      std::vector<std::string> ignored;
      const arrays::AxisRoles roles = arrays::findRoles({}, array->layout().shape, ignored);
      const VoxelType type = array->layout().voxelType;
      if (!image.levels.empty() && type != image.pyramid.voxelType)
        fail("its values are {}, those of the finer levels {}", voxelTypeName(type),
             voxelTypeName(image.pyramid.voxelType));
      image.pyramid.voxelType = type;
      image.levels.emplace_back(std::move(array), roles, 0, 0);
      LevelInfo info = image.levels.back().info(factors.empty() ? dvec3(1.0) : factors[level]);
      if (factors.empty() && level > 0)
        info.factor = guessFactor(image.pyramid.levels.front().sizeVoxels, info.sizeVoxels);
      image.pyramid.levels.push_back(std::move(info));
      return 0;
    });
  }
  if (image.levels.empty()) fail("{}: there is no image data", what);
  return image;
}

/// The Zarr images of a dataset, each opened once, however many views it holds. Any thread.
class ZarrGroups {
 public:
  explicit ZarrGroups(Location container) : container_(std::move(container)) {}

  arrays::ArrayImage open(const SpimZarrGroup& group) {
    const std::shared_ptr<const arrays::MultiscaleImage> image = openGroup(group.path);
    // The indices count the axes from x on; the array's last axis is x.
    std::int64_t channel = 0;
    std::int64_t time = 0;
    const auto rank = static_cast<int>(image->arrays.front()->layout().shape.size());
    for (std::size_t i = 0; i < group.indices.size(); ++i) {
      const int axis = rank - 4 - static_cast<int>(i);
      if (group.indices[i] < 0 || (axis < 0 && group.indices[i] != 0))
        fail("{}: there is no place {} along axis {}", image->folder.text(), group.indices[i], i + 3);
      if (axis >= 0 && axis == image->roles.channel) channel = group.indices[i];
      if (axis >= 0 && axis == image->roles.time) time = group.indices[i];
    }
    return arrays::makeArrayImage(*image, channel, time);
  }

 private:
  std::shared_ptr<const arrays::MultiscaleImage> openGroup(const std::string& name) {
    {
      const std::lock_guard lock(mutex_);
      if (const auto found = images_.find(name); found != images_.end()) return found->second;
    }
    const Location folder = nameInErrors(container_, [&] { return container_.inside(name); });
    const std::optional<zarr::Node> node = zarr::findNode(folder);
    if (!node) fail("{}: there is no Zarr image", folder.text());
    auto image = std::make_shared<const arrays::MultiscaleImage>(node->isArray ? zarr::openSingleArray(*node)
                                                                               : zarr::openMultiscale(*node));
    const std::lock_guard lock(mutex_);
    return images_.try_emplace(name, std::move(image)).first->second;
  }

  Location container_;
  std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const arrays::MultiscaleImage>> images_;
};

/// The number in "setup12"; nothing for other names.
std::optional<int> findId(const std::string& name, std::string_view word) {
  if (!name.starts_with(word) || name.size() == word.size()) return std::nullopt;
  const std::string digits = name.substr(word.size());
  if (!std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return findInt(digits);
}

/// The ids of the folders "setup0", "setup1" ... in a folder.
std::set<int> listIds(const Location& folder, std::string_view word) {
  std::set<int> ids;
  for (const StoreEntry& entry : folder.list().value_or(std::vector<StoreEntry>()))
    if (const auto id = findId(entry.name, word)) ids.insert(*id);
  return ids;
}

}  // namespace

bool hasArrays(const SpimData& data) {
  return data.loaderFormat == "bdv.n5" || data.loaderFormat == "bdv.multimg.zarr";
}

void markMissingGroups(SpimData& data) {
  if (data.loaderFormat != "bdv.multimg.zarr") return;
  std::size_t missing = 0;
  for (const SpimSetup& setup : data.setups)
    for (const int timepoint : data.timepoints)
      if (!data.zarrGroups.contains({timepoint, setup.id}) && data.missingViews.emplace(timepoint, setup.id).second)
        ++missing;
  if (missing > 0) data.warnings.push_back(fmt::format("{} images have no <zgroup> and are missing", missing));
}

std::unique_ptr<Source> openBdvArrays(const SpimData& data, Dataset dataset) {
  const Location container = findFolder(data);
  std::vector<Location> files = {container};
  if (data.file != container) files.push_back(data.file);
  // The opener outlives this call, and is asked by indices.
  const auto ids = std::make_shared<const Dataset>(dataset);
  if (data.loaderFormat == "bdv.n5")
    return arrays::makeArraySource(std::move(dataset), std::move(files), [container, ids](ImageId id) {
      const SpimView view = viewOf(*ids, id);
      return openN5View(container, view,
                        fmt::format("{}: time point {}, setup {}", ids->location, view.first, view.second));
    });
  return arrays::makeArraySource(std::move(dataset), std::move(files),
                                 [groups = std::make_shared<ZarrGroups>(container), places = data.zarrGroups,
                                  ids](ImageId id) { return groups->open(places.at(viewOf(*ids, id))); });
}

std::optional<Location> findBdvN5(const Location& picked) {
  Location folder = picked.absolute();
  if (folder.name() == "attributes.json") folder = folder.parent();
  // "setup0/timepoint0" distinguishes it from a folder that has this name by chance.
  for (const int setup : listIds(folder, "setup"))
    if (!listIds(folder / fmt::format("setup{}", setup), "timepoint").empty()) return folder;
  for (int step = 0; step < kMaxSteps && folder.hasParent(); ++step, folder = folder.parent())
    if (findId(folder.name(), "setup") && !listIds(folder, "timepoint").empty()) return folder.parent();
  return std::nullopt;
}

SpimData listBdvN5(const Location& folder) {
  SpimData data{.file = folder, .baseFolder = folder.parent(), .loaderFormat = "bdv.n5"};
  data.arrays = SpimPath{.text = folder.name(), .known = folder};
  const std::set<int> setups = listIds(folder, "setup");
  std::set<SpimView> views;
  std::set<int> timepoints;
  for (const int setup : setups)
    for (const int timepoint : listIds(folder / fmt::format("setup{}", setup), "timepoint")) {
      views.emplace(timepoint, setup);
      timepoints.insert(timepoint);
    }
  if (views.empty()) fail("{}: there are no images of BigDataViewer's layout (setup0/timepoint0)", folder.text());
  if (timepoints.size() > kMaxViews / setups.size())
    fail("{}: {} setups at {} time points are absurdly many", folder.text(), setups.size(), timepoints.size());
  data.timepoints.assign(timepoints.begin(), timepoints.end());
  for (const int setup : setups) {
    data.setups.push_back({.id = setup, .name = fmt::format("setup {}", setup)});
    for (const int timepoint : timepoints)
      if (!views.contains({timepoint, setup})) data.missingViews.emplace(timepoint, setup);
  }
  data.warnings.push_back(
      "no XML beside this folder describes it, so there are no registrations, names and voxel sizes");
  return data;
}

}  // namespace volary
