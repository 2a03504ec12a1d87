#pragma once

#include "formats/tiff/file.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace volary::tiff {

/// The tags that Volary reads (TIFF 6.0, appendix A, and private tags).
enum Tag : std::uint16_t {
  kNewSubfileType = 254,
  kImageWidth = 256,
  kImageLength = 257,
  kBitsPerSample = 258,
  kCompression = 259,
  kPhotometric = 262,
  kFillOrder = 266,
  kImageDescription = 270,
  kStripOffsets = 273,
  kSamplesPerPixel = 277,
  kRowsPerStrip = 278,
  kStripByteCounts = 279,
  kXResolution = 282,
  kYResolution = 283,
  kPlanarConfiguration = 284,
  kT4Options = 292,
  kT6Options = 293,
  kResolutionUnit = 296,
  kPredictor = 317,
  kTileWidth = 322,
  kTileLength = 323,
  kTileOffsets = 324,
  kTileByteCounts = 325,
  kSubDirectories = 330,
  kExtraSamples = 338,
  kSampleFormat = 339,
  kJpegTables = 347,
  kYCbCrSubsampling = 530,
  kReferenceBlackWhite = 532,
  kImageDepth = 32997,
  kTileDepth = 32998,
  kUic1 = 33628,
  kUic2 = 33629,
  kLsmInfo = 34412,
  kLercParameters = 50674,
  kImageJByteCounts = 50838,
  kImageJMetadata = 50839,
};

/// One field of a directory: `count` values of a type, at a place in the file or, if they are short, right here.
struct Entry {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint64_t count = 0;
  std::uint64_t position = 0;              ///< of the values in the file
  std::array<std::byte, 8> shortValues{};  ///< the values, if isShort
  bool isShort = false;
};

/// What one image file directory (IFD) says, its values yet to be read.
struct Directory {
  std::uint64_t position = 0;
  std::vector<Entry> entries;
  std::uint64_t next = 0;  ///< the position of the next directory; 0 after the last

  const Entry* find(std::uint16_t tag) const;
};

/// The bytes around the directory that was read last, so that neighbours cost no read of their own. Never shared.
struct DirectoryWindow {
  std::uint64_t position = 0;
  std::vector<std::byte> bytes;
};

/// Reads the directory at `position`, but nothing that its entries point to. Throws Error if it is not wholly in the
/// file.
Directory readDirectory(const File& file, std::uint64_t position, DirectoryWindow& window);

/// How many bytes a value takes; 0 for a type that nobody knows.
std::size_t typeBytes(std::uint16_t type);

/// The values of an entry as they lie in the file. Throws Error if there are more than `maxBytes`, or the file ends.
std::vector<std::byte> readBytes(const File& file, const Entry& entry, std::uint64_t maxBytes);

/// The values of an entry of whole numbers that are not negative. Throws Error as readBytes does, or if they are
/// something else.
std::vector<std::uint64_t> readNumbers(const File& file, const Entry& entry, std::uint64_t maxBytes);

/// The first of an entry's whole numbers; nothing if there is no such entry, or it has no value.
std::optional<std::uint64_t> findNumber(const File& file, const Directory& directory, std::uint16_t tag);

/// The first of an entry's fractions; nothing if there is none, or it is not finite.
std::optional<double> findFraction(const File& file, const Directory& directory, std::uint16_t tag);

/// Text up to the first NUL; nothing if there is no such entry.
std::optional<std::string> findText(const File& file, const Directory& directory, std::uint16_t tag);

}  // namespace volary::tiff
