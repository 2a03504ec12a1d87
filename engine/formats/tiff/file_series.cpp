#include "formats/tiff/file_series.h"

#include "base/error.h"
#include "base/name_pattern.h"
#include "formats/tiff/file_names.h"

#include <algorithm>
#include <cctype>

namespace volary::tiff {

bool hasTiffName(const std::filesystem::path& file) {
  if (file.filename().string().starts_with('.')) return false;
  std::string ending = file.extension().string();
  std::ranges::transform(ending, ending.begin(),
                         [](char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); });
  return ending == ".tif" || ending == ".tiff";
}

std::vector<std::filesystem::path> listFiles(const std::filesystem::path& folder, const std::string& pattern) {
  std::error_code error;
  std::vector<std::filesystem::path> files;
  std::filesystem::directory_iterator entry(folder.empty() ? "." : folder, error);
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool fits = pattern.empty() ? hasTiffName(name) : fitsPattern(pattern, name);
    std::error_code ignored;
    if (fits && entry->is_regular_file(ignored)) files.push_back(folder / name);
  }
  if (error) fail("{}: {}", folder.string(), systemErrorText(error.value()));
  std::ranges::sort(
      files, [](const auto& a, const auto& b) { return naturalLess(a.filename().string(), b.filename().string()); });
  return files;
}

Layout makeSeriesLayout(const Layout& first, const std::vector<std::filesystem::path>& files,
                        const std::filesystem::path& opened) {
  const ImageGroup& one = first.groups.front();
  const bool isPlane = one.planes == 1 && one.timepoints == 1;
  std::vector<std::string> names;
  for (const std::filesystem::path& file : files) names.push_back(file.stem().string());
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
  makePlaces(group, opened.string());
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
  if (first.groups.size() > 1) layout.warnings.push_back("only the first image of each file is shown");
  layout.groups.push_back(std::move(group));
  return layout;
}

}  // namespace volary::tiff
