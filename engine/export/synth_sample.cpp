#include "export/synth_sample.h"

#include "base/error.h"
#include "formats/open.h"

namespace volary {

void writeSampleDataset(const std::string& recipeName, const std::filesystem::path& outXml, const SynthOptions& options,
                        const std::function<void(double)>& progress) {
  if (recipeName != "embryo") fail("there is no recipe '{}' of a synthetic specimen; there is embryo", recipeName);
  // Chunks are the field's own tiles, so that each is computed once and lies in one slab.
  std::string location = "synthetic:" + recipeName + "?chunk=16";
  if (options.sizeVoxels)
    location += fmt::format("&size={}x{}x{}", options.sizeVoxels->x, options.sizeVoxels->y, options.sizeVoxels->z);
  const std::unique_ptr<Source> source = openSource(location);
  BdvWriteOptions write{.factors = {}, .ifExists = options.ifExists, .threads = options.threads, .progress = progress};
  for (const LevelInfo& level : source->pyramid({}).levels) write.factors.emplace_back(level.factor);
  writeBdvDataset(*source, outXml, write);
}

}  // namespace volary
