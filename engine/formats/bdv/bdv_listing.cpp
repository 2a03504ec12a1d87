#include "formats/bdv/bdv_listing.h"

#include "base/error.h"
#include "base/text_values.h"
#include "formats/bdv/bdv_arrays.h"
#include "formats/bdv/bdv_files.h"
#include "formats/hdf5_image/hdf5_file.h"

#include <algorithm>
#include <cctype>

namespace volary {

namespace {

// Bound the search for an XML in a folder full of files.
constexpr int kMaxXmlFiles = 100;
constexpr std::uint64_t kMaxSearchedXmlBytes = 16u << 20;
constexpr std::size_t kMaxNames = 1'000'000;

/// The last part of a path.
std::string_view nameIn(std::string_view path) {
  if (path.ends_with('/')) path.remove_suffix(1);
  return path.substr(path.find_last_of('/') + 1);
}

/// The number in "t00012" or "s03"; nothing for other names.
std::optional<int> findIdInName(std::string_view name, char letter) {
  if (name.size() < 2 || name[0] != letter || !std::isdigit(static_cast<unsigned char>(name[1]))) return std::nullopt;
  return findInt(name.substr(1));
}

bool describes(const SpimData& data, const Location& images) {
  const std::optional<SpimPath>& stated = data.arrays ? data.arrays : data.hdf5;
  return (data.loaderFormat.starts_with("bdv.hdf5") || hasArrays(data)) && stated &&
         nameIn(stated->text) == images.name();
}

/// The XML's content if it describes `images`; nothing also if it can't be read.
std::optional<SpimData> findDescription(const Location& xml, const Location& images) {
  const std::optional<FileVersion> version = xml.findVersion();
  if (!version || version->sizeBytes > kMaxSearchedXmlBytes) return std::nullopt;
  try {
    SpimData data = readSpimData(xml);
    if (describes(data, images)) return data;
  } catch (const Error&) {
    // Whatever else lies in the folder is none of our business.
  }
  return std::nullopt;
}

}  // namespace

std::optional<Location> findMasterFile(SpimData& data) {
  const Location folder = data.file.parent();
  const std::string stated = data.hdf5 ? data.hdf5->text : "";
  if (data.hdf5)
    if (const auto found = findStatedFile(*data.hdf5, data.baseFolder, {folder})) return found;
  for (const char* extension : {".h5", ".hdf5"}) {
    const Location namesake = data.file.withExtension(extension);
    if (namesake == data.file || !namesake.isFile()) continue;
    data.warnings.push_back(fmt::format("the image file {} can't be found; {} is used", stated, namesake.text()));
    return namesake;
  }
  for (const SpimPartition& partition : data.partitions)
    if (findStatedFile(partition.path, data.baseFolder, {folder})) {
      data.warnings.push_back(fmt::format("the image file {} can't be found; the partitions alone are used", stated));
      return std::nullopt;
    }
  if (stated.empty()) fail("{}: it names no image file", data.file.text());
  fail("{}: its image file {} can't be found, nor one of that name beside it", data.file.text(), stated);
}

std::optional<SpimData> findDescribingXml(const Location& images) {
  const Location namesake = images.withExtension(".xml");
  std::optional<SpimData> found = findDescription(namesake, images);
  if (!found) {
    const Location folder = images.parent();
    int files = 0;
    for (const StoreEntry& entry : folder.list().value_or(std::vector<StoreEntry>())) {
      const Location xml = folder / entry.name;
      if (xml.extension() != ".xml" || xml == namesake) continue;
      if (++files > kMaxXmlFiles) break;
      std::optional<SpimData> other = findDescription(xml, images);
      // Two that describe it would place it differently: neither can be chosen.
      if (other && found) return std::nullopt;
      if (other) found = std::move(other);
    }
  }
  if (!found) return std::nullopt;
  found->warnings.insert(found->warnings.begin(),
                         fmt::format("names and registrations are taken from {}", found->file.text()));
  (found->arrays ? found->arrays : found->hdf5) = SpimPath{.text = images.name(), .known = images};
  return found;
}

bool hasBdvGroups(const Location& hdf5) {
  try {
    const std::vector<std::string> names = Hdf5File(hdf5).children("/", kMaxNames);
    return std::ranges::any_of(names, [](const std::string& name) {
      return name.size() > 2 && (findIdInName(name, 't') || findIdInName(name, 's'));
    });
  } catch (const Error&) {
    return false;  // whoever opens it says why
  }
}

SpimData listBdvHdf5(const Location& hdf5) {
  const Hdf5File file(hdf5);
  SpimData data{.file = hdf5, .baseFolder = hdf5.parent(), .loaderFormat = "bdv.hdf5"};
  data.hdf5 = SpimPath{.text = hdf5.name(), .known = hdf5};
  const std::vector<std::string> names = file.children("/", kMaxNames);

  std::set<int> setups;
  std::set<SpimView> views;
  // Groups may be linked under many names, so the file's size is no bound.
  std::size_t namesLeft = kMaxViews;
  for (const std::string& name : names)
    if (const auto id = findIdInName(name, 't')) {
      const std::vector<std::string> children = file.children(name, namesLeft);
      if (children.size() >= namesLeft) fail("{}: more than {} images are absurd", hdf5.text(), kMaxViews);
      namesLeft -= children.size();
      for (const std::string& child : children)
        if (const auto setup = findIdInName(child, 's')) {
          setups.insert(*setup);
          views.emplace(*id, *setup);
        }
      data.timepoints.push_back(*id);
    }
  if (views.empty())
    fail("{}: this is an HDF5 file, but it has not BigDataViewer's layout (there is no t00000/s00)", hdf5.text());
  std::ranges::sort(data.timepoints);
  data.timepoints.erase(std::unique(data.timepoints.begin(), data.timepoints.end()), data.timepoints.end());
  if (data.timepoints.size() > kMaxViews / setups.size())
    fail("{}: {} setups at {} time points are absurdly many", hdf5.text(), setups.size(), data.timepoints.size());

  for (const int id : setups) {
    data.setups.push_back({.id = id, .name = fmt::format("setup {}", id)});
    for (const int timepoint : data.timepoints)
      if (!views.contains({timepoint, id})) data.missingViews.emplace(timepoint, id);
  }
  data.warnings.emplace_back(
      "no XML beside this file describes it, so there are no registrations, names and voxel sizes");
  return data;
}

}  // namespace volary
