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
constexpr std::uintmax_t kMaxSearchedXmlBytes = 16u << 20;
constexpr std::size_t kMaxNames = 1'000'000;
constexpr std::size_t kMaxViews = 4'000'000;

/// The number in "t00012" or "s03"; nothing for other names.
std::optional<int> findIdInName(std::string_view name, char letter) {
  if (name.size() < 2 || name[0] != letter || !std::isdigit(static_cast<unsigned char>(name[1]))) return std::nullopt;
  return findInt(name.substr(1));
}

bool describes(const SpimData& data, const std::filesystem::path& images) {
  const std::optional<SpimPath>& stated = data.arrays ? data.arrays : data.hdf5;
  return (data.loaderFormat.starts_with("bdv.hdf5") || hasArrays(data)) && stated &&
         std::filesystem::path(stated->text).filename() == images.filename();
}

/// The XML's content if it describes `images`; nothing also if it can't be read.
std::optional<SpimData> findDescription(const std::filesystem::path& xml, const std::filesystem::path& images) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(xml, error)) return std::nullopt;
  if (const auto bytes = std::filesystem::file_size(xml, error); error || bytes > kMaxSearchedXmlBytes)
    return std::nullopt;
  try {
    SpimData data = readSpimData(xml);
    if (describes(data, images)) return data;
  } catch (const Error&) {
    // Whatever else lies in the folder is none of our business.
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::filesystem::path> findMasterFile(SpimData& data) {
  const std::filesystem::path folder = data.file.parent_path();
  const std::string stated = data.hdf5 ? data.hdf5->text : "";
  if (data.hdf5)
    if (const auto found = findStatedFile(*data.hdf5, data.baseFolder, {folder})) return found;
  for (const char* extension : {".h5", ".hdf5"}) {
    std::filesystem::path namesake = data.file;
    namesake.replace_extension(extension);
    std::error_code error;
    if (namesake == data.file || !std::filesystem::is_regular_file(namesake, error)) continue;
    data.warnings.push_back(fmt::format("the image file {} can't be found; {} is used", stated, namesake.string()));
    return namesake;
  }
  for (const SpimPartition& partition : data.partitions)
    if (findStatedFile(partition.path, data.baseFolder, {folder})) {
      data.warnings.push_back(fmt::format("the image file {} can't be found; the partitions alone are used", stated));
      return std::nullopt;
    }
  if (stated.empty()) fail("{}: it names no image file", data.file.string());
  fail("{}: its image file {} can't be found, nor one of that name beside it", data.file.string(), stated);
}

std::optional<SpimData> findDescribingXml(const std::filesystem::path& images) {
  std::filesystem::path namesake = images;
  namesake.replace_extension(".xml");
  std::optional<SpimData> found = findDescription(namesake, images);
  if (!found) {
    std::error_code error;
    const std::filesystem::path folder = images.has_parent_path() ? images.parent_path() : std::filesystem::path(".");
    int files = 0;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() != ".xml" || entry->path() == namesake) continue;
      if (++files > kMaxXmlFiles) break;
      std::optional<SpimData> other = findDescription(entry->path(), images);
      // Two that describe it would place it differently: neither can be chosen.
      if (other && found) return std::nullopt;
      if (other) found = std::move(other);
    }
  }
  if (!found) return std::nullopt;
  found->warnings.insert(found->warnings.begin(),
                         fmt::format("names and registrations are taken from {}", found->file.string()));
  (found->arrays ? found->arrays : found->hdf5) =
      SpimPath{.text = std::filesystem::absolute(images).string(), .relative = false};
  return found;
}

bool hasBdvGroups(const std::filesystem::path& hdf5) {
  try {
    const std::vector<std::string> names = Hdf5File(hdf5).children("/", kMaxNames);
    return std::ranges::any_of(names, [](const std::string& name) {
      return name.size() > 2 && (findIdInName(name, 't') || findIdInName(name, 's'));
    });
  } catch (const Error&) {
    return false;  // whoever opens it says why
  }
}

SpimData listBdvHdf5(const std::filesystem::path& hdf5) {
  const Hdf5File file(hdf5);
  SpimData data{.file = hdf5, .baseFolder = hdf5.parent_path(), .loaderFormat = "bdv.hdf5"};
  data.hdf5 = SpimPath{.text = std::filesystem::absolute(hdf5).string(), .relative = false};
  const std::vector<std::string> names = file.children("/", kMaxNames);

  std::set<int> setups;
  std::set<SpimView> views;
  // Groups may be linked under many names, so the file's size is no bound.
  std::size_t namesLeft = kMaxViews;
  for (const std::string& name : names)
    if (const auto id = findIdInName(name, 't')) {
      const std::vector<std::string> children = file.children(name, namesLeft);
      if (children.size() >= namesLeft) fail("{}: more than {} images are absurd", hdf5.string(), kMaxViews);
      namesLeft -= children.size();
      for (const std::string& child : children)
        if (const auto setup = findIdInName(child, 's')) {
          setups.insert(*setup);
          views.emplace(*id, *setup);
        }
      data.timepoints.push_back(*id);
    }
  if (views.empty())
    fail("{}: this is an HDF5 file, but it has not BigDataViewer's layout (there is no t00000/s00)", hdf5.string());
  std::ranges::sort(data.timepoints);
  data.timepoints.erase(std::unique(data.timepoints.begin(), data.timepoints.end()), data.timepoints.end());
  if (data.timepoints.size() > kMaxViews / setups.size())
    fail("{}: {} setups at {} time points are absurdly many", hdf5.string(), setups.size(), data.timepoints.size());

  for (const int id : setups) {
    data.setups.push_back({.id = id, .name = fmt::format("setup {}", id)});
    for (const int timepoint : data.timepoints)
      if (!views.contains({timepoint, id})) data.missingViews.emplace(timepoint, id);
  }
  data.warnings.push_back("no XML beside this file describes it, so there are no registrations, names and voxel sizes");
  return data;
}

}  // namespace volary
