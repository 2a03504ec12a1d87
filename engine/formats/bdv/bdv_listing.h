#pragma once

#include "formats/bdv/spim_data.h"
#include "storage/location.h"

#include <optional>

namespace volary {

/// The master HDF5 file of an XML: as stated, or of the same name beside the XML, or named like the XML (noted as a
/// warning in `data`). Nothing, with a warning, if only partitions are there. Throws Error if there is neither.
std::optional<Location> findMasterFile(SpimData& data);

/// The XML that describes an HDF5 file, or a folder of arrays: it names that as its image file, and is the one of the
/// same name beside it, or else the only one in the folder. Nothing if there is none.
std::optional<SpimData> findDescribingXml(const Location& images);

/// True if the file has a group of a time point, "t00000", or of a setup, "s00". False also if it can't be read.
bool hasBdvGroups(const Location& hdf5);

/// Lists the images of an HDF5 file of BigDataViewer's layout as if an XML without registrations described it. Throws
/// Error if it does not have that layout.
SpimData listBdvHdf5(const Location& hdf5);

}  // namespace volary
