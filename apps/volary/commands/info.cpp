#include "commands/info.h"

#include "base/error.h"

#include <algorithm>

namespace volary {

std::vector<SetupInfo> readSetups(Source& source, std::size_t maxSetups) {
  const Dataset& dataset = source.dataset();
  std::vector<SetupInfo> infos;
  for (std::size_t i = 0; i < std::min(maxSetups, dataset.setups.size()); ++i) {
    SetupInfo& info = infos.emplace_back();
    info.setup = &dataset.setups[i];
    const auto first = std::ranges::find(info.setup->present, true);
    if (first == info.setup->present.end()) continue;
    info.image = ImageId{static_cast<std::int32_t>(i), static_cast<std::int32_t>(first - info.setup->present.begin())};
    try {
      info.pyramid = &source.pyramid(*info.image);
    } catch (const Error& error) {
      info.error = error.what();
    }
  }
  const auto broken = std::ranges::find_if(infos, [](const SetupInfo& info) { return !info.error.empty(); });
  if (broken != infos.end() && std::ranges::none_of(infos, [](const SetupInfo& info) { return info.pyramid; }))
    throw Error(broken->error);
  return infos;
}

std::vector<std::optional<std::uint64_t>> findBytesStored(Source& source, const SetupInfo& info, CountBytes count) {
  std::vector<std::optional<std::uint64_t>> bytes;
  for (std::size_t level = 0; level < info.pyramid->levels.size(); ++level) {
    bytes.push_back(info.pyramid->levels[level].bytesStored);
    if (!bytes.back() && count == CountBytes::yes)
      bytes.back() = source.countBytesStored(*info.image, static_cast<int>(level));
  }
  return bytes;
}

}  // namespace volary
