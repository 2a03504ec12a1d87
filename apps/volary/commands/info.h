#pragma once

#include "pyramid/source.h"

#include <optional>
#include <string>
#include <vector>

namespace volary {

/// Whether the stored bytes are counted chunk by chunk if the source does not know them.
enum class CountBytes { no, yes };

/// What metadata say about one setup. Its levels are those of the first time point at which it is present.
struct SetupInfo {
  const Setup* setup = nullptr;
  std::optional<ImageId> image;           ///< absent if the setup is present at no time point
  const ImagePyramid* pyramid = nullptr;  ///< null if there is no image, or it can't be read
  std::string error;                      ///< why it can't be read
};

/// Reads the metadata of the first `maxSetups` setups. Throws Error if none of their images can be read: such a dataset
/// is broken, not merely incomplete.
std::vector<SetupInfo> readSetups(Source& source, std::size_t maxSetups);

/// Bytes stored of each level; elements are absent if unknown and not to be counted.
std::vector<std::optional<std::uint64_t>> findBytesStored(Source& source, const SetupInfo& info, CountBytes count);

/// Tables for people, of the first `maxSetups` setups. Reads no voxels.
std::string makeInfoText(Source& source, CountBytes count, std::size_t maxSetups);

/// The same about all setups, for programs: one JSON object with the keys that `volary info --help` lists.
std::string makeInfoJson(Source& source, CountBytes count);

}  // namespace volary
