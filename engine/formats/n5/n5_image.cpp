#include "formats/n5/n5_image.h"

#include "base/error.h"
#include "formats/arrays/axis_roles.h"
#include "formats/arrays/level_places.h"
#include "formats/n5/n5_array.h"
#include "storage/location.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace volary::n5 {

using arrays::findMember;
using arrays::findNumbers;
using arrays::findText;

namespace {

/// What is known of a level before its factor is: any of these may be absent.
struct Dialect {
  std::optional<dvec3> factor;      ///< against the full resolution
  std::optional<dvec3> resolution;  ///< of the full resolution
  std::optional<dvec3> offset;      ///< of the first voxel, in world units
  std::optional<arrays::LevelPlace> place;
  std::string unit;
};

/// The first three of a list of numbers, one an axis from x on; absent ones are 1 or, in offsets, 0.
std::optional<dvec3> findVector(const Json* value, double absent = 1.0) {
  const std::optional<std::vector<double>> numbers = findNumbers(value);
  if (!numbers || numbers->empty()) return std::nullopt;
  dvec3 vector(absent);
  for (std::size_t i = 0; i < std::min<std::size_t>(3, numbers->size()); ++i)
    vector[static_cast<int>(i)] = (*numbers)[i];
  return vector;
}

std::vector<std::string> findTexts(const Json* value) {
  std::vector<std::string> texts;
  if (value && value->is_array())
    for (const Json& text : *value) texts.push_back(text.is_string() ? text.get<std::string>() : "");
  return texts;
}

/// COSEM's "transform": scale and translation along named axes. Without names the slowest axis comes first, unless the
/// ordering is "F".
void readTransform(const Json& transform, Dialect& dialect) {
  std::optional<std::vector<double>> scale = findNumbers(findMember(transform, "scale"));
  if (!scale || scale->empty()) return;
  std::vector<double> translation =
      findNumbers(findMember(transform, "translate")).value_or(std::vector<double>(scale->size(), 0.0));
  std::vector<std::string> axes = findTexts(findMember(transform, "axes"));
  translation.resize(scale->size(), 0.0);
  if (axes.size() != scale->size()) {
    constexpr std::array<const char*, 3> kNames = {"x", "y", "z"};
    axes.assign(kNames.begin(), kNames.begin() + static_cast<std::ptrdiff_t>(std::min<std::size_t>(3, scale->size())));
    axes.resize(scale->size());
    if (findText(transform, "ordering") != "F") std::ranges::reverse(axes);
  }
  arrays::LevelPlace place{.isTranslated = findMember(transform, "translate") != nullptr};
  const std::vector<std::string> units = findTexts(findMember(transform, "units"));
  for (std::size_t i = 0; i < axes.size(); ++i) {
    const int axis = axes[i] == "x" ? 0 : axes[i] == "y" ? 1 : axes[i] == "z" ? 2 : -1;
    if (axis < 0) continue;
    place.scale[axis] = (*scale)[i];
    place.translation[axis] = translation[i];
    if (axis == 0 && i < units.size()) dialect.unit = units[i];
  }
  dialect.place = place;
}

Dialect readDialect(const Json& attributes) {
  Dialect dialect;
  dialect.factor = findVector(findMember(attributes, "downsamplingFactors"));
  // n5-viewer: an array, or an object with the unit.
  if (const Json* resolution = findMember(attributes, "pixelResolution")) {
    const Json* dimensions = findMember(*resolution, "dimensions");
    dialect.resolution = findVector(dimensions ? dimensions : resolution);
    dialect.unit = findText(*resolution, "unit").value_or("");
  }
  for (const char* key : {"resolution", "res"})
    if (!dialect.resolution) dialect.resolution = findVector(findMember(attributes, key));
  for (const char* key : {"offset", "off"})
    if (!dialect.offset) dialect.offset = findVector(findMember(attributes, key), 0.0);
  if (dialect.unit.empty())
    if (const std::vector<std::string> units = findTexts(findMember(attributes, "units")); !units.empty())
      dialect.unit = units.front();
  if (const Json* transform = findMember(attributes, "transform")) readTransform(*transform, dialect);
  return dialect;
}

/// Where a level is, from what it and its image say.
std::optional<arrays::LevelPlace> findPlace(const Dialect& level, const Dialect& image) {
  if (level.place) return level.place;
  const std::optional<dvec3> resolution = level.resolution ? level.resolution : image.resolution;
  if (!level.factor && !resolution) return std::nullopt;
  arrays::LevelPlace place;
  place.scale = resolution.value_or(dvec3(1.0)) * level.factor.value_or(dvec3(1.0));
  place.translation = level.offset.value_or(image.offset.value_or(dvec3(0.0)));
  return place;
}

/// The paths of the levels, below the image's folder, with COSEM's transforms if the image lists them.
std::vector<std::pair<std::string, Json>> listLevels(const Location& folder, const Json& attributes) {
  std::vector<std::pair<std::string, Json>> levels;
  const Json* multiscales = findMember(attributes, "multiscales");
  const Json* datasets = multiscales && multiscales->is_array() && !multiscales->empty()
                             ? findMember(multiscales->front(), "datasets")
                             : nullptr;
  if (datasets && datasets->is_array())
    for (const Json& dataset : *datasets) {
      const Json* transform = findMember(dataset, "transform");
      if (const auto path = findText(dataset, "path"); path && levels.size() < kMaxLevels)
        levels.emplace_back(*path, transform ? *transform : Json());
    }
  if (!levels.empty()) return levels;
  for (std::size_t level = 0; level < kMaxLevels; ++level) {
    std::string name = fmt::format("s{}", level);
    if (!(folder / name / "attributes.json").isFile()) break;
    levels.emplace_back(std::move(name), Json());
  }
  return levels;
}

/// The names of the axes, reversed as the layout is; empty if they are not stated.
std::vector<arrays::NamedAxis> readAxes(const Json& attributes, std::size_t rank) {
  std::vector<std::string> names = findTexts(findMember(attributes, "axes"));
  if (names.size() != rank) return {};
  std::vector<arrays::NamedAxis> axes;
  for (std::size_t i = names.size(); i-- > 0;) axes.push_back({.name = names[i], .type = {}, .unit = {}});
  return axes;
}

/// The factor of a level that its image lists: "scales" of n5-viewer, "downsamplingFactors" of BigDataViewer.
std::optional<dvec3> findListedFactor(const Json& attributes, std::size_t level) {
  for (const char* key : {"scales", "downsamplingFactors"})
    if (const Json* list = findMember(attributes, key); list && list->is_array() && level < list->size())
      if (const std::optional<dvec3> factor = findVector(&(*list)[level])) return factor;
  return std::nullopt;
}

void describe(arrays::MultiscaleImage& image, const Location& folder) {
  image.folder = folder;
  image.format = "N5";
  image.name = folder.name();
}

void countChannels(arrays::MultiscaleImage& image) {
  const arrays::ArrayLayout& finest = image.arrays.front()->layout();
  image.channels = extentOf(finest, image.roles.channel);
  image.timepoints = extentOf(finest, image.roles.time);
}

}  // namespace

bool isMultiscale(const Location& folder) {
  const std::optional<Json> attributes = findAttributes(folder);
  if (attributes && isDataset(*attributes)) return false;
  return !listLevels(folder, attributes.value_or(Json())).empty();
}

arrays::MultiscaleImage openMultiscale(const Location& folder) {
  return nameInErrors(folder, [&] {
    arrays::MultiscaleImage image;
    describe(image, folder);
    const Json group = findAttributes(folder).value_or(Json());
    const Dialect common = readDialect(group);
    std::vector<arrays::LevelDescription> described;
    std::string unit = common.unit;
    std::size_t number = 0;
    for (const auto& [path, transform] : listLevels(folder, group)) {
      const Location levelFolder = folder.inside(path);
      const std::optional<Json> attributes = findAttributes(levelFolder);
      Dialect level = readDialect(attributes.value_or(Json()));
      if (!transform.is_null()) readTransform(transform, level);
      if (!level.factor) level.factor = findListedFactor(group, number);
      ++number;
      if (!attributes || !isDataset(*attributes)) {
        image.warnings.push_back(fmt::format("there is no level {}", path));
        continue;
      }
      std::shared_ptr<const arrays::StoredArray> array = openDataset(levelFolder, *attributes);
      const arrays::ArrayLayout& layout = array->layout();
      if (image.arrays.empty()) {
        image.roles = arrays::findRoles(readAxes(*attributes, layout.shape.size()), layout.shape, image.warnings);
      } else if (layout.shape.size() != image.arrays.front()->layout().shape.size() ||
                 layout.voxelType != image.arrays.front()->layout().voxelType) {
        image.warnings.push_back(
            fmt::format("level {} is left out: its values are not of the first level's type", path));
        continue;
      }
      image.arrays.push_back(std::move(array));
      described.push_back({path, findPlace(level, common)});
      if (unit.empty()) unit = level.unit;
    }
    if (image.arrays.empty()) fail("none of its levels is there");
    placeLevels(image, described);
    countChannels(image);
    image.unit = arrays::shortUnit(unit);
    return image;
  });
}

arrays::MultiscaleImage openSingleDataset(const Location& folder) {
  return nameInErrors(folder, [&] {
    const std::optional<Json> attributes = findAttributes(folder);
    if (!attributes || !isDataset(*attributes)) fail("this is no N5 dataset");
    arrays::MultiscaleImage image;
    describe(image, folder);
    image.arrays.push_back(openDataset(folder, *attributes));
    const arrays::Extents& shape = image.arrays.front()->layout().shape;
    image.roles = arrays::findRoles(readAxes(*attributes, shape.size()), shape, image.warnings);
    const Dialect dialect = readDialect(*attributes);
    const arrays::LevelDescription described{image.name, findPlace(dialect, {})};
    placeLevels(image, std::span(&described, 1));
    countChannels(image);
    image.unit = arrays::shortUnit(dialect.unit);
    image.warnings.emplace_back("this is a single dataset: there are no coarser levels");
    return image;
  });
}

}  // namespace volary::n5
