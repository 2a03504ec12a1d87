#pragma once

#include "export/convert_plan.h"

#include <filesystem>
#include <string>
#include <vector>

/// The metadata of an OME-Zarr. Source: OME-NGFF 0.4 and 0.5; Zarr storage specification, versions 2 and 3.
namespace volary {

/// How the images of a plan are laid out in an OME-Zarr: as channels and times of one image, or as one image for each
/// setup.
struct ZarrLayout {
  bool oneImage = true;
  bool hasTime = false;
  bool hasChannels = false;
};

ZarrLayout makeZarrLayout(const ConvertPlan& plan);

/// The parts of the registrations that an OME-Zarr does not keep: a sentence for each setup that loses some.
std::vector<std::string> findRegistrationLosses(const ConvertPlan& plan);

/// The place of a job's image within the output, "" or "0", "1" ..., and the place of its voxels along the axes before
/// z, y, x.
struct ZarrPlace {
  std::string image;
  std::vector<std::int64_t> leading;
};
ZarrPlace placeOf(const ZarrLayout& layout, const PyramidJob& job);

/// A file of metadata, relative to the output's folder.
struct ZarrFile {
  std::filesystem::path path;
  std::string text;
};

/// All metadata of the output. The root's comes last, as it makes the output look whole.
std::vector<ZarrFile> makeZarrMetadata(const ConvertPlan& plan, const ZarrLayout& layout, const ConvertOptions& options,
                                       const std::string& name);

}  // namespace volary
