#include "formats/arrays/multiscale_image.h"

#include "base/error.h"
#include "storage/location.h"

#include <utility>

namespace volary::arrays {

namespace {

constexpr std::int64_t kMaxTimepoints = 1'000'000;
// Bounds what a hostile file can make us allocate.
constexpr double kMaxViews = 4'000'000;

std::string nameOf(const MultiscaleImage& image, std::int64_t channel, const std::string& prefix) {
  const auto index = static_cast<std::size_t>(channel);
  const std::string label = index < image.channelInfo.size() ? image.channelInfo[index].label : "";
  if (image.channels == 1 && !prefix.empty()) return prefix;
  const std::string own = !label.empty()        ? label
                          : image.channels > 1  ? fmt::format("channel {}", channel)
                          : !image.name.empty() ? image.name
                                                : image.folder.name();
  return prefix.empty() ? own : prefix + " " + own;
}

}  // namespace

ArrayImage makeArrayImage(const MultiscaleImage& image, std::int64_t channel, std::int64_t time) {
  return nameInErrors(image.folder, [&] {
    ArrayImage made;
    made.pyramid.voxelType = image.arrays.front()->layout().voxelType;
    for (std::size_t level = 0; level < image.arrays.size(); ++level) {
      made.levels.emplace_back(image.arrays[level], image.roles, channel, time);
      made.pyramid.levels.push_back(made.levels.back().info(image.factors[level]));
    }
    return made;
  });
}

void setTimepoints(Dataset& dataset, std::int64_t count, const Location& folder) {
  if (count > kMaxTimepoints) fail("{}: {} time points are absurdly many", folder.text(), count);
  for (std::int64_t t = 0; t < count; ++t) dataset.timepoints.push_back(static_cast<int>(t));
}

void addSetups(Dataset& dataset, std::vector<SetupPlace>& places, std::size_t imageIndex, const MultiscaleImage& image,
               const std::string& prefix) {
  const auto timepoints = dataset.timepoints.size();
  if ((static_cast<double>(dataset.setups.size()) + static_cast<double>(image.channels)) *
          static_cast<double>(timepoints) >
      kMaxViews)
    fail("{}: {} channels at {} time points are absurdly many", image.folder.text(), image.channels, timepoints);
  for (std::int64_t channel = 0; channel < image.channels; ++channel) {
    Setup setup{.id = static_cast<int>(dataset.setups.size()),
                .name = nameOf(image, channel, prefix),
                .voxelSize = image.voxelSize,
                .unit = image.unit,
                .worldFromVoxel = std::vector<dmat4>(timepoints, image.worldFromVoxel),
                .present = {}};
    for (std::size_t t = 0; t < timepoints; ++t)
      setup.present.push_back(static_cast<std::int64_t>(t) < image.timepoints);
    if (const auto index = static_cast<std::size_t>(channel); index < image.channelInfo.size()) {
      setup.displayRange = image.channelInfo[index].window;
      setup.displayColour = image.channelInfo[index].colour;
    }
    dataset.setups.push_back(std::move(setup));
    places.push_back({imageIndex, channel});
  }
}

void addWarnings(Dataset& dataset, const MultiscaleImage& image, const std::string& prefix) {
  for (const std::string& warning : image.warnings)
    dataset.warnings.push_back(prefix.empty() ? warning : prefix + ": " + warning);
  for (const ChannelInfo& channel : image.channelInfo)
    if (!channel.active)
      dataset.warnings.push_back(fmt::format("{}the channel {} is switched off in the file, and shown all the same",
                                             prefix.empty() ? "" : prefix + ": ", channel.label));
}

}  // namespace volary::arrays
