#pragma once

#include "base/geometry.h"
#include "pyramid/voxel_type.h"
#include "storage/location.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace volary {

/// A path as the XML states it. Relative ones count from SpimData::baseFolder.
struct SpimPath {
  std::string text;  ///< trimmed, backslashes turned to slashes, "file:" removed
  bool relative = true;
  std::optional<Location> known;  ///< where that is, if it was found already, so that nobody has to search again
};

/// A part of the images in a file of its own: image (timepoints[i], setups[j]) has the ids (timepointsMapped[i],
/// setupsMapped[j]) there.
struct SpimPartition {
  SpimPath path;
  std::vector<int> timepoints;
  std::vector<int> timepointsMapped;
  std::vector<int> setups;
  std::vector<int> setupsMapped;
};

struct SpimSetup {
  int id = 0;
  std::string name;                   ///< never empty
  std::optional<i64vec3> sizeVoxels;  ///< a hint: level sizes come from the images
  std::optional<dvec3> voxelSize;
  std::string unit = "pixel";
  std::optional<int> channel;  ///< id
  std::optional<ValueRange> displayRange;
  std::optional<dvec3> displayColour;
};

/// Beyond any real project; bounds what a hostile file can make us allocate.
inline constexpr std::size_t kMaxViews = 4'000'000;

/// A view: time point id and setup id, as the file counts them.
using SpimView = std::pair<int, int>;

/// The Zarr image that holds a view (bdv.multimg.zarr). Source: multiview-reconstruction, XmlIoAllenOMEZarrLoader.
struct SpimZarrGroup {
  std::string path;          ///< below the folder that <zarr> names
  std::vector<int> indices;  ///< along the axes after x, y, z: mostly channel, time; may be empty
};

/// What a BigDataViewer XML says, as a plain struct; no other file has been looked at.
struct SpimData {
  Location file;
  Location baseFolder;
  std::string loaderFormat;  ///< "bdv.hdf5"; a legacy class name is turned into that, others stay
  std::optional<SpimPath> hdf5;
  std::optional<SpimPath> arrays;  ///< the folder of bdv.n5 (<n5>) or bdv.multimg.zarr (<zarr>)
  std::map<SpimView, SpimZarrGroup> zarrGroups;
  std::vector<SpimPartition> partitions;
  std::vector<int> timepoints;    ///< ids, ascending, without duplicates
  std::vector<SpimSetup> setups;  ///< in document order, ids without duplicates
  std::set<SpimView> missingViews;
  std::map<SpimView, dmat4> worldFromVoxel;  ///< all transforms of a view multiplied; finite and invertible
  std::vector<std::string> warnings;
};

/// The place that `stated` means; relative paths start at `base`. Nothing if that leads out of the store.
std::optional<Location> placeOf(const SpimPath& stated, const Location& base);

/// Reads a BigDataViewer XML: SpimData, or the SequenceDescription of the time before 2014. Element order is free,
/// unknown elements and attributes are ignored, what can be repaired becomes a warning. Throws Error, one sentence with
/// the file's name, if it is no XML, no BigDataViewer XML, or says too little.
///
/// Source: spimdata, XmlKeys and XmlIoAbstractSpimData; bigdataviewer-core, XmlIoSpimDataMinimalLegacy.
SpimData readSpimData(const Location& file);

/// The same from the text of the file at `file`, which is not read.
SpimData parseSpimData(std::string_view text, const Location& file);

}  // namespace volary
