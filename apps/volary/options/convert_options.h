#pragma once

#include "export/convert.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace volary {

/// What the user wrote after `volary convert`.
struct ConvertTexts {
  std::string input;
  std::string output;
  std::string setups;
  std::string timepoints;
  std::string box;
  std::string voxelSize;
  std::string unit;
  std::string factors;
  std::string chunks;
  std::string downsample = "mean";
  std::string partition;
  std::string worker;
  int sourceLevel = 0;
  std::optional<int> levels;
  int deflate = 6;
  std::string omeZarr;
  std::string codec = "zstd";
  std::string shard;
  std::uint64_t memoryMb = 1024;
  int threads = 0;
  bool force = false;
  bool resume = false;
  bool verify = false;
  bool noDiskCheck = false;
  bool quiet = false;
};

/// Adds all options with their help.
void addConvertOptions(CLI::App& command, ConvertTexts& texts);

/// Throws UsageError if a text is not of its form.
ConvertOptions parseConvertOptions(const ConvertTexts& texts);

}  // namespace volary
