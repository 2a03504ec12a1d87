#pragma once

#include "formats/tiff/layout.h"
#include "formats/tiff/page_list.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volary::tiff {

/// What ImageJ writes about a stack into the first page's ImageDescription: lines of "key=value".
/// Source: ij.io.FileOpener, ij.io.TiffDecoder, ij.io.TiffEncoder.
struct ImageJDescription {
  std::int64_t images = 1;
  std::int64_t channels = 1;
  std::int64_t slices = 1;
  std::int64_t frames = 1;
  std::string order = "czt";  ///< of the images, the fastest first
  std::string mode;           ///< "composite", "color", "grayscale"
  std::string unit;
  std::optional<double> spacing;    ///< of the slices, in `unit`
  std::optional<ValueRange> range;  ///< of the channel that was shown last
};

/// Nothing if the text is not ImageJ's.
std::optional<ImageJDescription> findImageJDescription(std::string_view text);

/// What ImageJ's own tags 50838 and 50839 say about the channels; lists are empty if they say nothing.
struct ImageJMetadata {
  std::vector<ValueRange> ranges;
  std::vector<dvec3> colours;  ///< the brightest colour of each channel's lookup table
};
ImageJMetadata readImageJMetadata(const File& file, const Directory& directory);

/// The layout of an ImageJ file.
///
/// If the planes of an uncompressed stack follow one another in the file, as ImageJ writes them, only the first page is
/// read: above 4 GiB there are no others. Throws Error if the pages contradict each other.
Layout makeImageJLayout(PageList& pages, const ImageJDescription& description);

}  // namespace volary::tiff
