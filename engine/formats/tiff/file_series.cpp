#include "formats/tiff/file_series.h"

#include "base/error.h"
#include "base/name_pattern.h"
#include "formats/tiff/file_names.h"

#include <algorithm>
#include <cctype>

namespace volary::tiff {

bool hasTiffName(std::string_view name) {
  if (name.starts_with('.') || name.find('.') == name.npos) return false;
  std::string ending(name.substr(name.find_last_of('.')));
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return ending == ".tif" || ending == ".tiff";
}

std::vector<Location> listFiles(const Location& folder, const std::string& pattern) {
  std::vector<Location> files;
  const auto entries = folder.list();
  if (!entries) fail("{}: this folder can't be listed", folder.text());
  for (const StoreEntry& entry : *entries) {
    const bool fits = pattern.empty() ? hasTiffName(entry.name) : fitsPattern(pattern, entry.name);
    if (fits && entry.kind == EntryKind::file) files.push_back(folder / entry.name);
  }
  std::ranges::sort(files, [](const auto& a, const auto& b) { return naturalLess(a.name(), b.name()); });
  return files;
}

Layout makeSeriesLayout(const Layout& first, const std::vector<Location>& files, const Location& opened) {
  const ImageGroup& one = first.groups.front();
  const bool isPlane = one.planes == 1 && one.timepoints == 1;
  std::vector<std::string> names;
  for (const Location& file : files) names.push_back(file.stem());
  const NamedAxes axes = understandNames(names, isPlane ? UnnamedAxis::planes : UnnamedAxis::timepoints);

  Layout layout{.format = "TIFF folder",
                .opened = opened,
                .files = files,
                .planesBehindFirstPage = first.planesBehindFirstPage,
                .warnings = first.warnings};
  ImageGroup group = one;
  group.planes = one.planes * axes.planes;
  group.timepoints = one.timepoints * axes.timepoints;
  group.channels.clear();
  for (std::int64_t c = 0; c < axes.channels; ++c)
    for (Channel channel : one.channels) {
      // The range of the first file's channel says nothing of the others'.
      if (c > 0) channel.range.reset();
      group.channels.push_back(std::move(channel));
    }
  makePlaces(group, opened.text());
  const auto channelsOfOne = static_cast<std::int64_t>(one.channels.size());
  for (std::size_t file = 0; file < files.size(); ++file) {
    const NamedAxes::Place& at = axes.places[file];
    for (std::int64_t t = 0; t < one.timepoints; ++t)
      for (std::int64_t c = 0; c < channelsOfOne; ++c)
        for (std::int64_t z = 0; z < one.planes; ++z) {
          PlanePlace place = one.place(c, t, z);
          if (place.file >= 0) place.file = static_cast<std::int32_t>(file);
          group.place(at.channel * channelsOfOne + c, at.timepoint * one.timepoints + t, at.z * one.planes + z) = place;
        }
  }
  if (one.timepoints == 1) layout.timepointIds = axes.timepointIds;
  const auto missing = std::ranges::count(group.places, -1, &PlanePlace::file);
  if (missing > 0)
    layout.warnings.push_back(
        fmt::format("the file names leave out {} of {} planes; they are shown as zero", missing, group.places.size()));
  if (first.groups.size() > 1) layout.warnings.emplace_back("only the first image of each file is shown");
  layout.groups.push_back(std::move(group));
  return layout;
}

}  // namespace volary::tiff
