#pragma once

#include "formats/tiff/directory.h"
#include "pyramid/voxel_type.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace volary::tiff {

/// The values of PhotometricInterpretation that matter here (TIFF 6.0).
enum class Photometric : std::uint16_t { minIsWhite = 0, minIsBlack = 1, rgb = 2, palette = 3, ycbcr = 6 };

/// What one segment holds: all samples of its pixels, or one.
enum class Planar : std::uint8_t { contiguous, separate };

/// A tag that decoders want as it is in the file.
struct CodecTag {
  std::uint16_t tag = 0;
  std::uint16_t type = 0;
  std::uint64_t count = 0;
  std::vector<std::byte> values;
  bool operator==(const CodecTag&) const = default;
};

/// How the voxels of a page are laid out and coded; the pages of a stack have this in common.
///
/// A page is cut into segments, which are strips or tiles: a grid in x, y (and, for the few files with tag ImageDepth,
/// z), x fastest, one grid for each sample if these are separate. A strip has the width of the page.
struct PageFormat {
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::int64_t depth = 1;
  std::int64_t segmentWidth = 0;
  std::int64_t segmentHeight = 0;
  std::int64_t segmentDepth = 1;
  bool isTiled = false;
  int samples = 1;
  int bits = 1;                    ///< of each sample
  std::uint16_t sampleFormat = 1;  ///< 1 unsigned, 2 signed, 3 IEEE floating point
  std::uint16_t compression = 1;
  std::uint16_t photometric = 1;
  std::uint16_t predictor = 1;
  std::uint16_t fillOrder = 1;
  Planar planar = Planar::contiguous;
  std::vector<std::uint16_t> extraSamples;
  std::vector<CodecTag> codecTags;
  /// The type that voxels get: half floats become float32, odd bit counts the next wider integer. Absent if Volary
  /// can't show such pages; `unsupported` then says why, as the end of a sentence about the page.
  std::optional<VoxelType> voxelType;
  std::string unsupported;

  bool operator==(const PageFormat&) const = default;

  /// Samples that lie side by side in a segment.
  int samplesTogether() const { return planar == Planar::contiguous ? samples : 1; }

  /// Bytes of one row of a decoded segment: rows begin on whole bytes.
  std::int64_t segmentRowBytes() const { return (segmentWidth * samplesTogether() * bits + 7) / 8; }

  std::int64_t segmentsAcross() const { return (width + segmentWidth - 1) / segmentWidth; }
  std::int64_t segmentsDown() const { return (height + segmentHeight - 1) / segmentHeight; }
  std::int64_t segmentsDeep() const { return (depth + segmentDepth - 1) / segmentDepth; }
  std::int64_t segmentsPerSample() const { return segmentsAcross() * segmentsDown() * segmentsDeep(); }
  std::int64_t segments() const { return segmentsPerSample() * (planar == Planar::separate ? samples : 1); }

  /// Rows of segment row `row` (the last strip is shorter; tiles are all of one size).
  std::int64_t rowsOfSegment(std::int64_t row) const;

  /// True if two pages may be planes of one stack: equal in size and number type, however they are stored.
  bool sameVoxels(const PageFormat& other) const;

  /// The compression, for people, in the order of writing: "raw", "predictor+lzw".
  std::string codec() const;
};

/// One image of a file: its layout, and where its segments are listed.
struct Page {
  std::shared_ptr<const PageFormat> format;
  std::uint64_t position = 0;  ///< of its directory
  bool isReduced = false;      ///< a smaller version of another page (NewSubfileType, bit 0)
  bool isMask = false;         ///< NewSubfileType, bit 2
  std::optional<Entry> offsets;
  std::optional<Entry> byteCounts;
  std::vector<std::uint64_t> subDirectories;  ///< positions of directories below this one: smaller versions
};

/// Reads what a directory says about its page, but not where the segments are. `previous`, if not null, is shared if
/// the page has the same format. A page that Volary can't show is no error: see PageFormat::voxelType. Throws Error if
/// the directory contradicts itself.
Page readPage(const File& file, const Directory& directory, const std::shared_ptr<const PageFormat>& previous);

/// Throws Error, naming the file, if Volary can't show such pages.
void requireSupported(const File& file, const PageFormat& format);

}  // namespace volary::tiff
