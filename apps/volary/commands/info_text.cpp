#include "base/bytes.h"
#include "commands/info.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace volary {

namespace {

template <typename Vector>
std::string bySize(const Vector& v) {
  return fmt::format("{} x {} x {}", v.x, v.y, v.z);
}

/// "0 to 9 (10)", or the ids one by one where some are left out.
std::string idList(const std::vector<int>& ids) {
  if (ids.empty()) return "none";
  if (ids.size() == 1) return fmt::format("{}", ids[0]);
  if (ids.back() - ids.front() + 1 == static_cast<std::int64_t>(ids.size()))
    return fmt::format("{} to {} ({})", ids.front(), ids.back(), ids.size());
  constexpr std::size_t kShown = 8;
  std::string list = fmt::format("{}", fmt::join(ids.begin(), ids.begin() + std::min(ids.size(), kShown), ", "));
  if (ids.size() > kShown) list += fmt::format(" ... {} ({})", ids.back(), ids.size());
  return list;
}

std::vector<int> presentIds(const Dataset& dataset, const Setup& setup) {
  std::vector<int> ids;
  for (std::size_t t = 0; t < dataset.timepoints.size(); ++t)
    if (setup.present[t]) ids.push_back(dataset.timepoints[t]);
  return ids;
}

/// Columns as wide as their widest cell, two spaces apart; the first row is the heading.
std::string makeTable(const std::vector<std::array<std::string, 6>>& rows) {
  std::array<std::size_t, 6> widths{};
  for (const auto& row : rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], row[column].size());
  std::string text;
  for (const auto& row : rows) {
    std::string line = "   ";
    for (std::size_t column = 0; column < row.size(); ++column)
      line += fmt::format(" {:<{}} ", row[column], widths[column]);
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  }
  return text;
}

std::string levelTable(Source& source, const SetupInfo& info, CountBytes count) {
  std::vector<std::array<std::string, 6>> rows = {{"level", "size", "factor", "chunk", "codec", "bytes stored"}};
  const auto bytes = findBytesStored(source, info, count);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const LevelInfo& level = info.pyramid->levels[i];
    rows.push_back({std::to_string(i), bySize(level.sizeVoxels), bySize(level.factor), bySize(level.chunkVoxels),
                    level.codec, bytes[i] ? formatBytes(*bytes[i]) : "(--bytes counts)"});
  }
  return makeTable(rows);
}

std::string transformText(const Dataset& dataset, const SetupInfo& info) {
  const auto& transforms = info.setup->worldFromVoxel;
  const dmat4& first = transforms[static_cast<std::size_t>(info.image->timepoint)];
  bool differs = false;
  for (std::size_t t = 0; t < transforms.size(); ++t) differs |= info.setup->present[t] && transforms[t] != first;
  std::string text = "    world from voxel";
  if (differs)
    text += fmt::format(", at time point {} (others differ)",
                        dataset.timepoints[static_cast<std::size_t>(info.image->timepoint)]);
  text += "\n";
  for (int row = 0; row < 3; ++row) {
    text += "     ";
    for (int column = 0; column < 4; ++column) text += fmt::format(" {:>12.6g}", first[column][row]);
    text += "\n";
  }
  return text;
}

std::string setupText(Source& source, const SetupInfo& info, CountBytes count) {
  const Dataset& dataset = source.dataset();
  const Setup& setup = *info.setup;
  std::string text = fmt::format("\nsetup {}", setup.id);
  if (!setup.name.empty()) text += fmt::format(" \"{}\"", setup.name);
  text += "\n";
  if (!info.image) return text + "    missing at every time point\n";
  if (!info.pyramid) return text + fmt::format("    can't be read: {}\n", info.error);

  const LevelInfo& finest = info.pyramid->levels.front();
  const std::uint64_t voxels = static_cast<std::uint64_t>(finest.sizeVoxels.x) *
                               static_cast<std::uint64_t>(finest.sizeVoxels.y) *
                               static_cast<std::uint64_t>(finest.sizeVoxels.z);
  text +=
      fmt::format("    {} voxels of type {}, {} decoded\n", bySize(finest.sizeVoxels),
                  voxelTypeName(info.pyramid->voxelType), formatBytes(voxels * voxelBytes(info.pyramid->voxelType)));
  text += fmt::format("    voxel size {} {}\n", bySize(setup.voxelSize), setup.unit);
  text += fmt::format("    time points {}\n", idList(presentIds(dataset, setup)));
  if (setup.displayRange)
    text += fmt::format("    suggested range {} to {}\n", setup.displayRange->min, setup.displayRange->max);
  return text + levelTable(source, info, count) + transformText(dataset, info);
}

}  // namespace

std::string makeInfoText(Source& source, CountBytes count, std::size_t maxSetups) {
  const std::vector<SetupInfo> infos = readSetups(source, maxSetups);
  const Dataset& dataset = source.dataset();
  std::string text = fmt::format("{}\n    format {}\n    setups {}\n    time points {}\n", dataset.location,
                                 dataset.format, dataset.setups.size(), idList(dataset.timepoints));
  for (const SetupInfo& info : infos) text += setupText(source, info, count);
  if (infos.size() < dataset.setups.size())
    text += fmt::format("\n... and {} more setups (--all shows them)\n", dataset.setups.size() - infos.size());
  if (!dataset.warnings.empty()) text += "\nwarnings\n";
  for (const std::string& warning : dataset.warnings) text += fmt::format("    {}\n", warning);
  return text;
}

}  // namespace volary
