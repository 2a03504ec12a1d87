#include "formats/n5/n5_source.h"

#include "base/error.h"
#include "formats/n5/n5_array.h"
#include "formats/n5/n5_image.h"
#include "storage/location.h"

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace volary {

namespace {

// A block lies as many folders below its dataset as that has axes.
constexpr int kMaxSteps = 8;
// Names told to someone who picked a group of many images.
constexpr std::size_t kMaxNames = 8;

bool hasAttributes(const Location& folder) { return (folder / "attributes.json").isFile(); }

/// The group or dataset at or above a path. A group without attributes is recognised by its levels or its name.
std::optional<Location> findContainer(const Location& picked) {
  Location folder = picked.absolute();
  for (int step = 0; step <= kMaxSteps; ++step) {
    if (hasAttributes(folder) || hasAttributes(folder / "s0") || hasAttributes(folder / "c0/s0") ||
        folder.extension() == ".n5")
      return folder;
    if (!folder.hasParent()) break;
    folder = folder.parent();
  }
  return std::nullopt;
}

/// "s0", "s12"
bool isLevelName(const std::string& name) {
  return name.size() > 1 && name[0] == 's' &&
         std::all_of(name.begin() + 1, name.end(), [](unsigned char c) { return std::isdigit(c); });
}

[[noreturn]] void refuseGroup(const Location& folder) {
  std::vector<std::string> names;
  for (const StoreEntry& entry : folder.list().value_or(std::vector<StoreEntry>()))
    if (entry.kind == EntryKind::folder) names.push_back(entry.name);
  std::ranges::sort(names);
  if (names.empty()) fail("{}: this is an empty N5 group, there is nothing to show", folder.text());
  const std::size_t more = names.size() - std::min(names.size(), kMaxNames);
  names.resize(std::min(names.size(), kMaxNames));
  fail("{}: this is an N5 group that is no image itself; open one of those in it: {}{}", folder.text(),
       fmt::join(names, ", "), more > 0 ? fmt::format(" and {} more", more) : "");
}

/// The images that a folder means.
struct Opened {
  Location folder;  ///< which holds them
  std::vector<arrays::MultiscaleImage> images;
  std::string note;  ///< a sentence about why these; may be empty
};

Opened openImages(const Location& picked) {
  const std::optional<Location> found = findContainer(picked);
  if (!found) fail("{}: this is not inside of an N5 folder", picked.text());
  Opened opened{.folder = *found};
  Location& folder = opened.folder;
  const std::optional<n5::Json> attributes = n5::findAttributes(folder);
  if (attributes && n5::isDataset(*attributes)) {
    if (!isLevelName(folder.name()) || !n5::isMultiscale(folder.parent())) {
      opened.images.push_back(n5::openSingleDataset(folder));
      return opened;
    }
    // A level is shown with the others of its image.
    folder = folder.parent();
    opened.note = fmt::format("{} is a part of {}, which is shown", picked.text(), folder.text());
  }
  if (n5::isMultiscale(folder)) {
    opened.images.push_back(n5::openMultiscale(folder));
    return opened;
  }
  for (int channel = 0; n5::isMultiscale(folder / fmt::format("c{}", channel)); ++channel)
    opened.images.push_back(n5::openMultiscale(folder / fmt::format("c{}", channel)));
  if (opened.images.empty()) refuseGroup(folder);
  return opened;
}

}  // namespace

bool looksLikeN5(const Candidate& candidate) { return findContainer(candidate.location).has_value(); }

std::unique_ptr<Source> openN5(const Location& picked) {
  Opened opened = openImages(picked);
  const auto images = std::make_shared<const std::vector<arrays::MultiscaleImage>>(std::move(opened.images));
  Dataset dataset{.format = images->front().format, .location = picked.text()};
  if (!opened.note.empty()) dataset.warnings.push_back(opened.note);
  std::int64_t timepoints = 1;
  for (const arrays::MultiscaleImage& image : *images) timepoints = std::max(timepoints, image.timepoints);
  arrays::setTimepoints(dataset, timepoints, picked);
  std::vector<arrays::SetupPlace> places;
  for (std::size_t i = 0; i < images->size(); ++i) {
    const std::string prefix = images->size() > 1 ? (*images)[i].name : "";
    arrays::addSetups(dataset, places, i, (*images)[i], prefix);
    arrays::addWarnings(dataset, (*images)[i], prefix);
  }
  return arrays::makeArraySource(std::move(dataset), {opened.folder}, [images, places = std::move(places)](ImageId id) {
    const arrays::SetupPlace& place = places.at(static_cast<std::size_t>(id.setup));
    return arrays::makeArrayImage(images->at(place.image), place.channel, id.timepoint);
  });
}

}  // namespace volary
