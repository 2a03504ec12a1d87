#pragma once

#include "base/geometry.h"
#include "formats/tiff/page.h"
#include "pyramid/voxel_type.h"
#include "storage/location.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// What a TIFF file, or a set of them, means: which page is which plane. Independent of how pages are read.
namespace volary::tiff {

/// Where a plane is stored.
struct PlanePlace {
  std::int32_t file = -1;  ///< index into Layout::files; -1 = the plane is missing, its voxels are zero
  std::int32_t page = 0;
  std::int32_t slice = 0;   ///< of a page that holds several planes
  std::int32_t sample = 0;  ///< of a page that holds several channels
};

/// Where the smaller levels of a page are.
enum class Smaller : std::uint8_t { nowhere, subDirectories, followingPages };

struct Channel {
  std::string name;
  std::optional<dvec3> colour;
  std::optional<ValueRange> range;
};

/// Images that have their size and number type in common: the channels and time points of one acquisition.
struct ImageGroup {
  std::string name;
  std::int64_t planes = 1;  ///< along z
  std::int64_t timepoints = 1;
  std::vector<Channel> channels;
  std::int64_t sizeX = 0, sizeY = 0;  ///< as the metadata say; 0 if they leave it to the pages
  dvec3 voxelSize{1.0};
  std::string unit = "pixel";
  dvec3 origin{0.0};  ///< of voxel 0 in the world, in `unit`
  Smaller smaller = Smaller::nowhere;
  std::vector<PlanePlace> places;  ///< z fastest, then channel, then time point

  const PlanePlace& place(std::int64_t channel, std::int64_t timepoint, std::int64_t z) const {
    return places[static_cast<std::size_t>((timepoint * static_cast<std::int64_t>(channels.size()) + channel) * planes +
                                           z)];
  }
  PlanePlace& place(std::int64_t channel, std::int64_t timepoint, std::int64_t z) {
    return const_cast<PlanePlace&>(std::as_const(*this).place(channel, timepoint, z));
  }
};

struct Layout {
  std::string format;  ///< "TIFF", "ImageJ TIFF" ...
  Location opened;
  std::vector<Location> files;
  std::optional<Location> companion;  ///< the file that has the metadata, if it is none of `files`
  std::vector<ImageGroup> groups;
  std::vector<int> timepointIds;  ///< as many as the longest group has time points
  /// ImageJ's largest files list only their first plane: the others follow it. Then page 0 of each file stands for
  /// this many planes; 0 otherwise.
  std::int64_t planesBehindFirstPage = 0;
  std::vector<std::string> warnings;
};

/// More planes than this are not believed: their places alone would take 256 MiB.
constexpr std::int64_t kMaxPlanes = std::int64_t{1} << 24;

/// Gives a group its list of places, all missing. Throws Error, "`what` ...", if there are none or too many.
void makePlaces(ImageGroup& group, const std::string& what);

/// The channels of a page: for several samples, with the colours that they stand for; for one, a single nameless
/// channel.
std::vector<Channel> channelsOfSamples(const PageFormat& format);

/// "um", "micron", "\u00B5m" ... as "µm", and the like for other units; what is unknown stays as it is.
std::string plainUnit(std::string_view unit);

/// How many micrometres a unit has; nothing if it is no length.
std::optional<double> findMicrometres(std::string_view plainUnit);

}  // namespace volary::tiff
