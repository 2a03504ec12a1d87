// Any bytes as the OME-XML of a set of TIFF files: what the reader understands keeps its promises.
#include "base/error.h"
#include "formats/tiff/ome_layout.h"
#include "fuzz/fuzz_input.h"

using namespace volary;
using namespace volary::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  try {
    const std::filesystem::path folder = "/nowhere";
    const tiff::Layout layout = tiff::makeOmeLayout(tiff::parseOmeXml(FuzzInput(bytes, count).restAsText()),
                                                    folder / "a.companion.ome", folder);
    require(!layout.groups.empty(), "no image");
    for (const Location& file : layout.files) require(file.parent() == Location(folder), "a file elsewhere");
    for (const tiff::ImageGroup& group : layout.groups) {
      require(group.places.size() == group.channels.size() * static_cast<std::size_t>(group.planes * group.timepoints),
              "planes without a place");
      for (int axis = 0; axis < 3; ++axis) require(group.voxelSize[axis] > 0, "a voxel of no size");
      for (const tiff::PlanePlace& place : group.places)
        require(place.file >= -1 && place.file < static_cast<int>(layout.files.size()) && place.page >= 0 &&
                    place.sample >= 0,
                "a place outside of all files");
    }
  } catch (const Error&) {
    // Anything that is no such XML should end here.
  }
  return 0;
}
