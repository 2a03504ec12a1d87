#pragma once

#include "formats/tiff/layout.h"
#include "formats/tiff/page_list.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace volary::tiff {

/// What Zeiss's LSM software says about a recording, in the structure in tag 34412 of the first page.
/// Source: Description of the LSM file format, Carl Zeiss, releases 2.0 to 4.2.
struct LsmInfo {
  std::int64_t height = 0;  ///< of a plane
  std::int64_t planes = 0;  ///< along z
  std::int64_t channels = 0;
  std::int64_t timepoints = 0;
  std::int64_t positions = 1;  ///< of the stage; and tiles of a mosaic
  std::uint16_t scanType = 0;
  std::optional<dvec3> voxelSizeUm;
  std::vector<dvec3> colours;  ///< of the channels, as far as they are stated
  std::vector<std::string> names;
};

/// Nothing if the file is no LSM file. Throws Error if the structure can't be read.
std::optional<LsmInfo> findLsmInfo(const File& file, const Directory& directory);

/// The layout of an LSM file: a page holds all channels of a plane, and is followed by its thumbnail, which is left
/// out. A recording that was stopped has fewer planes than it says; the others are missing. Throws Error if the pages
/// contradict each other, or if there are several positions and more than 4 GiB: then their places, of 32 bits, are
/// ambiguous.
Layout makeLsmLayout(PageList& pages, const LsmInfo& info);

}  // namespace volary::tiff
