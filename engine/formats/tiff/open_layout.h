#pragma once

#include "formats/tiff/layout.h"
#include "formats/tiff/ome_xml.h"
#include "storage/location.h"

namespace volary::tiff {

/// Finds out what a TIFF file means, from its first page's description and tags: OME-XML, Zeiss's, MetaMorph's,
/// ImageJ's, or nothing but pages. Throws Error if it can't be read or shown.
Layout readLayout(const Location& file);

/// The same for an OME-TIFF set, from the file that has its XML and no pages.
Layout readCompanionLayout(const Location& file);

}  // namespace volary::tiff
