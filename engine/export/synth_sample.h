#pragma once

#include "export/bdv_writer.h"

#include <filesystem>
#include <functional>
#include <optional>
#include <string>

namespace volary {

struct SynthOptions {
  std::optional<i64vec3> sizeVoxels;  ///< absent: the recipe's
  IfExists ifExists = IfExists::refuse;
  int threads = 0;  ///< 0: one per core
};

/// Writes the synthetic specimen of a recipe ("embryo") as BigDataViewer XML/HDF5, as writeBdvDataset does: level 0 is
/// the field "synthetic:embryo", the others are its means. `progress` gets the share done, from 0 to 1, on the calling
/// thread. Throws Error for a recipe that does not exist and as writeBdvDataset does.
void writeSampleDataset(const std::string& recipeName, const std::filesystem::path& outXml, const SynthOptions& options,
                        const std::function<void(double)>& progress = {});

}  // namespace volary
