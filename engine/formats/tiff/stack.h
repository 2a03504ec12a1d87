#pragma once

#include "formats/tiff/layout.h"
#include "formats/tiff/page_list.h"

#include <cstddef>
#include <string>
#include <vector>

namespace volary::tiff {

/// The pages of a file that make up one stack.
struct StackPages {
  std::vector<std::size_t> planes;  ///< pages like the first, in the order of the file
  Smaller smaller = Smaller::nowhere;
};

/// Walks over all pages and takes those that are like the first one. Pages that are left out become a warning. Finds
/// smaller versions that follow each plane, if all planes have them. Throws Error if the chain of pages is damaged.
StackPages findStackPages(PageList& pages, std::vector<std::string>& warnings);

/// Sets a group's voxel size from the tags XResolution and YResolution, pixels per `unit`. Without a unit that is a
/// length, ResolutionUnit counts, but only centimetres: inches are those of a printer.
void setPixelSize(PageList& pages, const std::string& unit, ImageGroup& group);

/// `images`, if that many uncompressed planes follow one another from the first page's place on; otherwise 0. Throws
/// Error if the first two pages can't be read.
std::int64_t countPlanesBehindFirst(PageList& pages, std::int64_t images);

/// The layout of a file that only has pages: they are the planes of one stack. Throws Error as findStackPages does.
Layout makeStackLayout(PageList& pages);

}  // namespace volary::tiff
