#pragma once

#include "formats/tiff/layout.h"
#include "formats/tiff/ome_xml.h"
#include "formats/tiff/page_list.h"
#include "storage/location.h"

#include <memory>

namespace volary::tiff {

/// The layout of an OME-TIFF dataset: which page of which file each plane is.
///
/// `xmlFile` is the file that has the XML, a TIFF file or a companion; files are looked for only in its folder.
/// `opened` is what the user picked, for errors. Files that the XML names but that are not there become a warning;
/// reading their planes fails. Throws Error if the XML contradicts itself or the first page.
Layout makeOmeLayout(const OmeXml& xml, const Location& xmlFile, const Location& opened);

}  // namespace volary::tiff
