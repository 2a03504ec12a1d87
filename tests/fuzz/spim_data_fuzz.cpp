// Any bytes as a BigDataViewer XML: what the reader understands keeps its promises.
#include "base/error.h"
#include "formats/bdv/spim_data.h"
#include "fuzz/fuzz_input.h"

#include <glm/glm.hpp>

#include <cmath>

using namespace volary;
using namespace volary::test;

namespace {

void checkSetup(const SpimSetup& setup) {
  require(setup.id >= 0 && !setup.name.empty(), "a setup without a name");
  if (setup.voxelSize)
    for (int axis = 0; axis < 3; ++axis)
      require(std::isfinite((*setup.voxelSize)[axis]) && (*setup.voxelSize)[axis] > 0, "a voxel of no size");
  if (setup.sizeVoxels)
    for (int axis = 0; axis < 3; ++axis) require((*setup.sizeVoxels)[axis] > 0, "an image of no size");
  if (setup.displayRange)
    require(std::isfinite(setup.displayRange->min) && std::isfinite(setup.displayRange->max), "a range without end");
}

void checkTransform(const dmat4& worldFromVoxel) {
  for (int column = 0; column < 4; ++column)
    for (int row = 0; row < 4; ++row) require(std::isfinite(worldFromVoxel[column][row]), "a transform is not finite");
  require(glm::determinant(glm::dmat3(worldFromVoxel)) != 0, "a transform can't be inverted");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  try {
    const SpimData data = parseSpimData(FuzzInput(bytes, count).restAsText(), std::filesystem::path("/folder/any.xml"));
    require(!data.timepoints.empty() && data.timepoints.front() >= 0, "no time point");
    for (std::size_t i = 1; i < data.timepoints.size(); ++i)
      require(data.timepoints[i - 1] < data.timepoints[i], "time points don't ascend");
    require(!data.setups.empty(), "no setup");
    for (const SpimSetup& setup : data.setups) checkSetup(setup);
    for (const auto& [view, transform] : data.worldFromVoxel) checkTransform(transform);
    for (const SpimPartition& partition : data.partitions)
      require(partition.timepoints.size() == partition.timepointsMapped.size() &&
                  partition.setups.size() == partition.setupsMapped.size(),
              "a partition maps to another number of ids");
  } catch (const Error&) {
    // Anything that is no such file should end here.
  }
  return 0;
}
