#pragma once

#include "base/geometry.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace volary::tiff {

/// An image that states more is refused; spectral detectors have some dozens.
inline constexpr std::int64_t kMaxChannels = 4096;

/// A run of planes in one file: element TiffData. Source: the OME-TIFF specification, "The TiffData element".
struct OmeTiffData {
  std::optional<std::int64_t> ifd;
  std::int64_t firstZ = 0, firstC = 0, firstT = 0;
  std::optional<std::int64_t> planeCount;
  std::string fileName;  ///< empty = the file that has the XML
  std::string uuid;
};

struct OmeChannel {
  std::string name;
  std::int64_t samples = 1;
  std::optional<dvec3> colour;
};

/// A length with its unit, as stated.
struct OmeLength {
  double value = 0.0;
  std::string unit;
};

/// One Image element with its Pixels.
struct OmeImage {
  std::string name;
  std::string dimensionOrder = "XYZCT";
  std::int64_t sizeX = 0, sizeY = 0, sizeZ = 1, sizeC = 1, sizeT = 1;
  std::string type;  ///< "uint16" ...
  std::optional<OmeLength> physicalSize[3];
  std::optional<OmeLength> position[3];  ///< of the stage, at the first plane that says it
  std::vector<OmeChannel> channels;
  std::vector<OmeTiffData> tiffData;
};

struct OmeXml {
  std::string uuid;          ///< of the file that has the XML
  std::string metadataFile;  ///< BinaryOnly: the XML is in that file instead
  std::vector<OmeImage> images;
};

/// True if a page's description is meant to be OME-XML.
bool looksLikeOmeXml(std::string_view text);

/// Throws Error, the end of a sentence, if the text is no sound OME-XML. Elements may have any namespace prefix.
OmeXml parseOmeXml(std::string_view text);

}  // namespace volary::tiff
