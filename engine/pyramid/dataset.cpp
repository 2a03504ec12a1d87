#include "pyramid/dataset.h"

#include "base/error.h"
#include "pyramid/hash.h"

#include <fmt/ranges.h>

#include <algorithm>

namespace volary {

std::string nameOf(const Dataset& dataset) {
  const std::string& location = dataset.location;
  const std::size_t end = location.find_last_not_of('/');
  if (end == std::string::npos) return location;
  const std::size_t slash = location.find_last_of('/', end);
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  return location.substr(begin, end + 1 - begin);
}

int findSetupIndex(const Dataset& dataset, int setupId) {
  const auto found = std::ranges::find(dataset.setups, setupId, &Setup::id);
  if (found != dataset.setups.end()) return static_cast<int>(found - dataset.setups.begin());
  std::vector<int> ids;
  for (const Setup& setup : dataset.setups) ids.push_back(setup.id);
  fail("{}: there is no setup {}; the setups are {}", dataset.location, setupId, fmt::join(ids, ", "));
}

int findTimepointIndex(const Dataset& dataset, int timepointId) {
  const auto found = std::ranges::find(dataset.timepoints, timepointId);
  if (found != dataset.timepoints.end()) return static_cast<int>(found - dataset.timepoints.begin());
  fail("{}: there is no time point {}; the time points are {}", dataset.location, timepointId,
       fmt::join(dataset.timepoints, ", "));
}

}  // namespace volary

std::size_t std::hash<volary::ChunkKey>::operator()(const volary::ChunkKey& key) const noexcept {
  using volary::hashCombine;
  std::uint64_t h =
      hashCombine(static_cast<std::uint32_t>(key.image.setup), static_cast<std::uint32_t>(key.image.timepoint));
  h = hashCombine(h, static_cast<std::uint64_t>(key.level));
  for (int axis = 0; axis < 3; ++axis) h = hashCombine(h, static_cast<std::uint64_t>(key.chunk[axis]));
  return static_cast<std::size_t>(h);
}
