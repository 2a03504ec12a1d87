#pragma once

#include "formats/tiff/layout.h"
#include "formats/tiff/page_list.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace volary::tiff {

/// What MetaMorph says about a stack, in the tags UIC1 to UIC4 of its only page.
/// Source: MetaMorph Stack (STK) Image File Format, Universal Imaging Corporation, 2000.
struct StkInfo {
  std::vector<double> distances;     ///< of each plane from the one before
  std::vector<std::uint64_t> times;  ///< of each plane's creation, in ms since midnight
  std::optional<dvec2> pixelSize;
  std::string unit;
  std::string name;

  /// Whether the planes were taken one after the other in the same place.
  bool isMovie() const;
};

/// Nothing if the file is no STK file. Throws Error if the tags can't be read.
std::optional<StkInfo> findStkInfo(const File& file, const Directory& directory);

/// The layout of an STK file: only the first plane is listed, and all others follow it. Throws Error if they don't.
Layout makeStkLayout(PageList& pages, const StkInfo& info);

}  // namespace volary::tiff
