#include "scene/setup_look.h"

#include <algorithm>
#include <array>

namespace volary {

namespace {

/// Colours that most eyes can tell apart; green and magenta come first, as all eyes can tell them apart.
constexpr std::array<dvec3, 6> kColours = {dvec3(0, 1, 0), dvec3(1, 0, 1), dvec3(0, 1, 1),
                                           dvec3(1, 1, 0), dvec3(1, 0, 0), dvec3(0.2, 0.4, 1)};

/// A dataset with more is a multiplexed one, and nobody wants to see all of that at once.
constexpr std::size_t kMostChannelsAtOnce = 8;

/// The place of the setup at the first time point that has it.
const dmat4* findPlace(const Setup& setup) {
  for (std::size_t t = 0; t < setup.present.size(); ++t)
    if (setup.present[t]) return &setup.worldFromVoxel[t];
  return nullptr;
}

/// For each setup, the number of setups before it at the same place.
std::vector<int> countSamePlace(const Dataset& dataset) {
  std::vector<std::pair<const dmat4*, int>> places;
  std::vector<int> counts;
  for (const Setup& setup : dataset.setups) {
    const dmat4* place = findPlace(setup);
    const auto known = std::ranges::find_if(places, [&](const auto& p) { return place && *p.first == *place; });
    if (known != places.end()) {
      counts.push_back(++known->second);
    } else {
      counts.push_back(0);
      if (place) places.emplace_back(place, 0);
    }
  }
  return counts;
}

/// The file's colours, if anybody has chosen them.
bool suggestsColours(const Dataset& dataset) {
  const auto& first = dataset.setups.front().displayColour;
  const auto isKnown = [](const Setup& setup) { return setup.displayColour.has_value(); };
  const auto differs = [&](const Setup& setup) { return setup.displayColour != first; };
  return std::ranges::all_of(dataset.setups, isKnown) && std::ranges::any_of(dataset.setups, differs);
}

}  // namespace

std::vector<int> findChannels(const Dataset& dataset) {
  const auto isStated = [](const Setup& setup) { return setup.channel.has_value(); };
  if (!std::ranges::all_of(dataset.setups, isStated)) return countSamePlace(dataset);
  std::vector<int> ids, channels;
  for (const Setup& setup : dataset.setups) {
    const auto known = std::ranges::find(ids, *setup.channel);
    channels.push_back(static_cast<int>(known - ids.begin()));
    if (known == ids.end()) ids.push_back(*setup.channel);
  }
  return channels;
}

std::vector<SetupLook> makeLooks(const Dataset& dataset) {
  if (dataset.setups.empty()) return {};
  const std::vector<int> channels = findChannels(dataset);
  const bool oneChannel = std::ranges::max(channels) == 0;
  const bool coloured = !oneChannel && suggestsColours(dataset);
  std::vector<SetupLook> looks;
  for (std::size_t i = 0; i < dataset.setups.size(); ++i) {
    const Setup& setup = dataset.setups[i];
    SetupLook& look = looks.emplace_back(SetupLook{.setup = setup.id});
    if (coloured)
      look.colour = *setup.displayColour;
    else if (!oneChannel)
      look.colour = kColours[static_cast<std::size_t>(channels[i]) % kColours.size()];
  }
  return looks;
}

bool isOneImageInChannels(const Dataset& dataset) {
  const std::vector<int> channels = findChannels(dataset);
  const auto count = dataset.setups.size();
  return count > 1 && count <= kMostChannelsAtOnce && std::ranges::max(channels) + 1 == static_cast<int>(count);
}

}  // namespace volary
