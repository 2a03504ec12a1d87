#pragma once

#include "formats/bdv/spim_data.h"
#include "pyramid/source.h"
#include "storage/location.h"

#include <memory>
#include <optional>

/// BigDataViewer datasets whose images are arrays in folders: bdv.n5 and bdv.multimg.zarr.
namespace volary {

/// Whether the XML's images are of these formats.
bool hasArrays(const SpimData& data);

/// Views of bdv.multimg.zarr without a <zgroup> become missing ones, with a warning.
void markMissingGroups(SpimData& data);

/// A source for the dataset that `data` describes. Nothing of an image is read before it is asked for. Throws Error if
/// the folder of images can't be found.
///
/// Source: bigdataviewer-core, "BDV N5 format.md"; multiview-reconstruction, AllenOMEZarrLoader.
std::unique_ptr<Source> openBdvArrays(const SpimData& data, Dataset dataset);

/// The N5 folder of BigDataViewer's layout ("setup0/timepoint0/s0") at or above `picked`; nothing if there is none.
std::optional<Location> findBdvN5(const Location& picked);

/// Lists the images of such a folder as if an XML without registrations described it.
SpimData listBdvN5(const Location& folder);

}  // namespace volary
