// Based on: OME-NGFF specification, versions 0.4 and 0.5, ngff.openmicroscopy.org.
#include "formats/zarr/ome_metadata.h"

#include "base/error.h"
#include "formats/arrays/json_file.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <cmath>

namespace volary::zarr {

using arrays::findMember;
using arrays::findNumbers;
using arrays::findText;
using nlohmann::json;

namespace {

constexpr std::size_t kMaxPlaces = 100'000;
constexpr int kMaxSequence = 4;  ///< sequences of transforms in sequences

const json* findList(const json& value, std::string_view key) {
  const json* list = findMember(value, key);
  return list && list->is_array() ? list : nullptr;
}

std::string textOf(const json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// 0.3 has a list of names, later versions one of objects; drafts after 0.5 put it into a coordinate system.
std::vector<arrays::NamedAxis> parseAxes(const json& multiscale) {
  const json* list = findList(multiscale, "axes");
  const json* systems = list ? nullptr : findList(multiscale, "coordinateSystems");
  if (systems && !systems->empty()) list = findList(systems->front(), "axes");
  std::vector<arrays::NamedAxis> axes;
  if (!list) return axes;
  for (const json& axis : *list) {
    if (axis.is_string())
      axes.push_back({.name = axis.get<std::string>(), .type = {}, .unit = {}});
    else
      axes.push_back({.name = findText(axis, "name").value_or(""),
                      .type = findText(axis, "type").value_or(""),
                      .unit = findText(axis, "unit").value_or("")});
  }
  return axes;
}

/// Applies `transformations` after `transform`. Returns whether a translation is among them.
bool applyTransformations(const json* transformations, AxisTransform& transform, std::vector<std::string>& warnings,
                          int depth = 0) {
  bool isTranslated = false;
  if (!transformations || !transformations->is_array()) return false;
  for (const json& step : *transformations) {
    const std::string type = findText(step, "type").value_or("");
    if (type == "identity") continue;
    if (type == "sequence" && depth < kMaxSequence) {
      isTranslated |= applyTransformations(findList(step, "transformations"), transform, warnings, depth + 1);
      continue;
    }
    const auto numbers = type == "scale" || type == "translation" ? findNumbers(findMember(step, type)) : std::nullopt;
    const std::size_t axes = numbers ? numbers->size() : 0;
    if (axes == 0 || (!transform.scale.empty() && transform.scale.size() != axes)) {
      warnings.push_back(fmt::format("a transformation of the type \"{}\" is not understood and left out", type));
      continue;
    }
    transform.scale.resize(axes, 1.0);
    transform.translation.resize(axes, 0.0);
    for (std::size_t axis = 0; axis < axes; ++axis) {
      if (type == "scale") {
        transform.scale[axis] *= (*numbers)[axis];
        transform.translation[axis] *= (*numbers)[axis];
      } else {
        transform.translation[axis] += (*numbers)[axis];
        isTranslated = true;
      }
    }
  }
  return isTranslated;
}

OmeLevel parseLevel(const json& dataset, const json& multiscale, std::vector<std::string>& warnings) {
  OmeLevel level;
  const std::optional<std::string> path = findText(dataset, "path");
  if (!path) fail("one of its \"datasets\" has no path");
  level.path = *path;
  AxisTransform transform;
  level.isTranslated = applyTransformations(findMember(dataset, "coordinateTransformations"), transform, warnings);
  // Those of the image apply after those of the level.
  applyTransformations(findMember(multiscale, "coordinateTransformations"), transform, warnings);
  if (!transform.scale.empty()) level.transform = std::move(transform);
  return level;
}

std::optional<dvec3> findColour(const json& channel) {
  std::string text = findText(channel, "color").value_or("");
  if (text.starts_with('#')) text.erase(0, 1);
  if (text.size() != 6 && text.size() != 8) return std::nullopt;
  unsigned long rgb = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + 6, rgb, 16);
  if (error != std::errc{} || end != text.data() + 6) return std::nullopt;
  return dvec3(rgb >> 16, rgb >> 8 & 0xff, rgb & 0xff) / 255.0;
}

std::optional<ValueRange> findWindow(const json& channel) {
  const json* window = findMember(channel, "window");
  if (!window) return std::nullopt;
  const json* start = findMember(*window, "start");
  const json* end = findMember(*window, "end");
  if (!start || !end || !start->is_number() || !end->is_number()) return std::nullopt;
  const ValueRange range{.min = start->get<double>(), .max = end->get<double>()};
  if (!std::isfinite(range.min) || !std::isfinite(range.max) || range.min == range.max) return std::nullopt;
  return range;
}

std::vector<std::string> parsePaths(const json* list, const char* what) {
  std::vector<std::string> paths;
  if (!list) fail("its {} are no list", what);
  if (list->size() > kMaxPlaces) fail("{} {} are absurd", list->size(), what);
  for (const json& element : *list) {
    const std::optional<std::string> path = findText(element, "path");
    if (!path) fail("one of its {} has no path", what);
    paths.push_back(*path);
  }
  return paths;
}

const json& memberOrNull(const json& attributes, const char* key) {
  static const json kNull;
  const json* member = findMember(attributes, key);
  return member ? *member : kNull;
}

}  // namespace

bool hasMultiscales(const json& attributes) {
  const json* list = findList(attributes, "multiscales");
  return list && !list->empty();
}

OmeMultiscale parseMultiscale(const json& attributes, std::vector<std::string>& warnings) {
  const json* list = findList(attributes, "multiscales");
  if (!list || list->empty()) fail("its \"multiscales\" are no list of images");
  if (list->size() > 1)
    warnings.push_back(fmt::format("it holds {} multiscale images, of which the first is shown", list->size()));
  const json& first = list->front();
  OmeMultiscale multiscale;
  multiscale.version = findText(first, "version").value_or(findText(attributes, "version").value_or(""));
  multiscale.name = findText(first, "name").value_or("");
  multiscale.axes = parseAxes(first);
  const json* datasets = findList(first, "datasets");
  if (!datasets || datasets->empty()) fail("its \"multiscales\" list no \"datasets\"");
  if (datasets->size() > kMaxLevels) fail("{} levels are absurd", datasets->size());
  std::vector<std::string> found;
  for (const json& dataset : *datasets) multiscale.levels.push_back(parseLevel(dataset, first, found));
  // A flaw of one level is mostly one of all levels: warn once.
  for (const std::string& warning : found)
    if (std::ranges::find(warnings, warning) == warnings.end()) warnings.push_back(warning);
  return multiscale;
}

std::vector<arrays::ChannelInfo> parseChannels(const json& attributes) {
  std::vector<arrays::ChannelInfo> channels;
  const json* omero = findMember(attributes, "omero");
  const json* list = omero ? findList(*omero, "channels") : nullptr;
  if (!list || list->size() > kMaxPlaces) return channels;
  for (const json& channel : *list) {
    arrays::ChannelInfo parsed{.colour = findColour(channel), .window = findWindow(channel)};
    if (const json* label = findMember(channel, "label")) parsed.label = textOf(*label);
    const json* active = findMember(channel, "active");
    parsed.active = !active || !active->is_boolean() || active->get<bool>();
    channels.push_back(std::move(parsed));
  }
  return channels;
}

bool isPlate(const json& attributes) { return findMember(attributes, "plate") != nullptr; }

bool isWell(const json& attributes) { return findMember(attributes, "well") != nullptr; }

std::string parsePlateName(const json& attributes) {
  return findText(memberOrNull(attributes, "plate"), "name").value_or("");
}

std::string parseVersion(const json& attributes) {
  if (const auto version = findText(attributes, "version")) return *version;
  const json& place = isPlate(attributes) ? memberOrNull(attributes, "plate") : memberOrNull(attributes, "well");
  return findText(place, "version").value_or("");
}

std::vector<std::string> parseWellPaths(const json& attributes) {
  return parsePaths(findList(memberOrNull(attributes, "plate"), "wells"), "wells");
}

std::vector<std::string> parseFieldPaths(const json& attributes) {
  return parsePaths(findList(memberOrNull(attributes, "well"), "images"), "fields");
}

}  // namespace volary::zarr
