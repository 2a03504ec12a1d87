#include "formats/zarr/image_list.h"

#include "base/error.h"

#include <algorithm>
#include <utility>

namespace volary::zarr {

namespace {

// Bounds what a hostile file can make us allocate.
constexpr double kMaxViews = 4'000'000;

std::string nameOf(const OmeImage& image, std::int64_t channel, const std::string& prefix) {
  const auto index = static_cast<std::size_t>(channel);
  const std::string label = index < image.channelInfo.size() ? image.channelInfo[index].label : "";
  if (image.channels == 1 && !prefix.empty()) return prefix;
  const std::string own = !label.empty()        ? label
                          : image.channels > 1  ? fmt::format("channel {}", channel)
                          : !image.name.empty() ? image.name
                                                : image.folder.filename().string();
  return prefix.empty() ? own : prefix + " " + own;
}

}  // namespace

void ImageList::add(std::filesystem::path folder, std::string name) {
  Entry& entry = entries_.emplace_back();
  entry.folder = std::move(folder);
  entry.name = std::move(name);
}

const OmeImage& ImageList::open(std::size_t image) {
  Entry& entry = entries_.at(image);
  const std::lock_guard lock(entry.mutex);
  if (!entry.image) {
    const std::optional<Node> node = findNode(entry.folder);
    if (!node) fail("{}: there is no image", entry.folder.string());
    entry.image = node->isArray ? openSingleArray(*node) : openMultiscale(*node);
  }
  return *entry.image;
}

void addSetups(Dataset& dataset, std::vector<SetupPlace>& places, std::size_t imageIndex, const OmeImage& image,
               const std::string& prefix) {
  const auto timepoints = dataset.timepoints.size();
  if ((static_cast<double>(dataset.setups.size()) + static_cast<double>(image.channels)) *
          static_cast<double>(timepoints) > kMaxViews)
    fail("{}: {} channels at {} time points are absurdly many", image.folder.string(), image.channels, timepoints);
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

}  // namespace volary::zarr
