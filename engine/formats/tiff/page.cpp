#include "formats/tiff/page.h"

#include "base/bytes.h"
#include "base/error.h"
#include "formats/tiff/segment_decoder.h"

#include <algorithm>
#include <limits>

namespace volary::tiff {

namespace {

// More than any microscope or spectrometer has; a page of more says so by mistake.
constexpr std::uint64_t kMaxSamples = 1024;
// 2^31 - 1 along an axis: what the signed numbers of other readers hold.
constexpr std::uint64_t kMaxExtent = std::numeric_limits<std::int32_t>::max();
constexpr std::uint64_t kMaxSubDirectories = 64;
// The list of their places would take a GiB.
constexpr double kMaxSegments = 1 << 27;
// JPEG tables are a few hundred bytes.
constexpr std::uint64_t kMaxCodecTagBytes = 256 * kKiB;

constexpr std::uint16_t kJpeg = 7;

struct CompressionName {
  std::uint16_t compression;
  std::string_view name;
};
constexpr CompressionName kCompressionNames[] = {
    {1, "raw"},           {2, "ccitt rle"},   {3, "ccitt fax3"},      {4, "ccitt fax4"},    {5, "lzw"},
    {6, "old JPEG"},      {7, "jpeg"},        {8, "deflate"},         {32771, "ccitt rle"}, {32773, "packbits"},
    {32946, "deflate"},   {32766, "NeXT"},    {32809, "ThunderScan"}, {32908, "PixarFilm"}, {32909, "PixarLog"},
    {34661, "jbig"},      {34676, "LogLuv"},  {34677, "LogLuv"},      {33003, "JPEG 2000"}, {33005, "JPEG 2000"},
    {34712, "JPEG 2000"}, {34887, "lerc"},    {34892, "lossy JPEG"},  {34925, "lzma"},      {34933, "PNG"},
    {34934, "JPEG XR"},   {22610, "JPEG XR"}, {50000, "zstd"},        {50001, "webp"},      {50002, "JPEG XL"},
    {52546, "JPEG XL"}};

std::string compressionName(std::uint16_t compression) {
  const auto found = std::ranges::find(kCompressionNames, compression, &CompressionName::compression);
  return found != std::end(kCompressionNames) ? std::string(found->name) : fmt::format("number {}", compression);
}

std::optional<VoxelType> findVoxelType(const PageFormat& format) {
  constexpr std::uint16_t kSigned = 2;
  constexpr std::uint16_t kFloat = 3;
  const int bits = format.bits;
  if (format.sampleFormat == kFloat) {
    if (bits == 16 || bits == 32) return VoxelType::float32;
    return bits == 64 ? std::optional(VoxelType::float64) : std::nullopt;
  }
  const bool isSigned = format.sampleFormat == kSigned;
  if (bits == 8) return isSigned ? VoxelType::int8 : VoxelType::uint8;
  if (bits == 16) return isSigned ? VoxelType::int16 : VoxelType::uint16;
  if (bits == 32) return isSigned ? VoxelType::int32 : VoxelType::uint32;
  if (bits == 64) return isSigned ? VoxelType::int64 : VoxelType::uint64;
  if (isSigned || bits > 16 || bits < 1) return std::nullopt;
  return bits < 8 ? VoxelType::uint8 : VoxelType::uint16;
}

/// Why Volary can't show such a page, as the end of a sentence; empty if it can. `sameBits` is false where the samples
/// have different numbers of bits.
std::string findObstacle(const PageFormat& format, bool sameBits) {
  constexpr std::uint16_t kComplexInteger = 5;
  constexpr std::uint16_t kComplexFloat = 6;
  if (format.width == 0 || format.height == 0) return "has no size";
  if (!sameBits) return "has samples of different numbers of bits";
  if (format.sampleFormat == kComplexInteger || format.sampleFormat == kComplexFloat)
    return "holds complex numbers, which can't be shown";
  if (!findVoxelType(format)) return fmt::format("holds numbers of {} bits, which can't be shown", format.bits);
  if (!canDecode(format.compression))
    return fmt::format("is compressed as {}, which can't be decoded", compressionName(format.compression));
  if (format.photometric == static_cast<std::uint16_t>(Photometric::ycbcr) && format.compression != kJpeg)
    return "holds YCbCr colours without JPEG, which can't be shown";
  return {};
}

std::int64_t extent(const File& file, const Directory& directory, std::uint16_t tag, std::uint64_t absent) {
  const std::uint64_t value = findNumber(file, directory, tag).value_or(absent);
  if (value > kMaxExtent)
    fail("{}: the page at {} is said to have {} pixels along an axis, which is absurd", file.location().text(),
         directory.position, value);
  return static_cast<std::int64_t>(value);
}

std::vector<std::uint64_t> findNumbers(const File& file, const Directory& directory, std::uint16_t tag,
                                       std::uint64_t maxCount) {
  const Entry* const entry = directory.find(tag);
  return entry ? readNumbers(file, *entry, maxCount * 8) : std::vector<std::uint64_t>{};
}

std::vector<std::uint64_t> readBitsPerSample(const File& file, const Directory& directory) {
  constexpr std::uint64_t kMaxBits = 64;
  std::vector<std::uint64_t> bits = findNumbers(file, directory, kBitsPerSample, kMaxSamples);
  const auto isPossible = [](std::uint64_t number) { return number > 0 && number <= kMaxBits; };
  if (bits.size() != 2 || std::ranges::all_of(bits, isPossible)) return bits;
  // Zeiss's LSM software stores two numbers elsewhere, although they would fit here, and their place here.
  Entry elsewhere = *directory.find(kBitsPerSample);
  elsewhere.position = file.number(std::span(elsewhere.shortValues).first(4));
  elsewhere.isShort = false;
  return readNumbers(file, elsewhere, kMaxSamples);
}

void readSegmentShape(const File& file, const Directory& directory, PageFormat& format) {
  format.isTiled = directory.find(kTileWidth) || directory.find(kTileOffsets);
  if (format.isTiled) {
    format.segmentWidth = extent(file, directory, kTileWidth, 0);
    format.segmentHeight = extent(file, directory, kTileLength, 0);
    format.segmentDepth = extent(file, directory, kTileDepth, 1);
  } else {
    format.segmentWidth = format.width;
    // Absent, or 2^32 - 1, stands for all rows (TIFF 6.0, RowsPerStrip).
    const std::uint64_t rows = findNumber(file, directory, kRowsPerStrip).value_or(~std::uint64_t{0});
    format.segmentHeight = static_cast<std::int64_t>(std::min<std::uint64_t>(rows, format.height));
  }
  const bool isEmpty = format.width == 0 || format.height == 0;
  if (!isEmpty &&
      (format.segmentWidth == 0 || format.segmentHeight == 0 || format.segmentDepth == 0 || format.depth == 0))
    fail("{}: the page at {} is cut into strips or tiles of no size", file.location().text(), directory.position);
  if (isEmpty) return;
  const double segments = static_cast<double>(format.segmentsAcross()) * static_cast<double>(format.segmentsDown()) *
                          static_cast<double>(format.segmentsDeep()) * format.samples;
  if (segments > kMaxSegments)
    fail("{}: the page at {} is cut into {:g} strips or tiles, which is absurd", file.location().text(),
         directory.position, segments);
}

void readCodecTags(const File& file, const Directory& directory, PageFormat& format) {
  for (const std::uint16_t tag :
       {kT4Options, kT6Options, kJpegTables, kYCbCrSubsampling, kReferenceBlackWhite, kLercParameters}) {
    const Entry* const entry = directory.find(tag);
    if (!entry || entry->count == 0) continue;
    format.codecTags.push_back(
        {.tag = tag, .type = entry->type, .count = entry->count, .values = readBytes(file, *entry, kMaxCodecTagBytes)});
  }
}

PageFormat readFormat(const File& file, const Directory& directory) {
  const auto small = [&](std::uint16_t tag, std::uint16_t absent) {
    return static_cast<std::uint16_t>(
        std::min<std::uint64_t>(findNumber(file, directory, tag).value_or(absent), 0xffff));
  };
  PageFormat format;
  format.width = extent(file, directory, kImageWidth, 0);
  format.height = extent(file, directory, kImageLength, 0);
  format.depth = extent(file, directory, kImageDepth, 1);
  format.compression = small(kCompression, 1);
  format.photometric = small(kPhotometric, 1);
  format.predictor = small(kPredictor, 1);
  format.fillOrder = small(kFillOrder, 1);
  format.sampleFormat = small(kSampleFormat, 1);
  format.planar = small(kPlanarConfiguration, 1) == 2 ? Planar::separate : Planar::contiguous;
  format.samples = small(kSamplesPerPixel, 1);
  if (format.samples == 0 || static_cast<std::uint64_t>(format.samples) > kMaxSamples)
    fail("{}: the page at {} is said to have {} samples a pixel, which is absurd", file.location().text(),
         directory.position, format.samples);
  // One sample a pixel is the same either way.
  if (format.samples == 1) format.planar = Planar::contiguous;

  const std::vector<std::uint64_t> bits = readBitsPerSample(file, directory);
  bool sameBits = true;
  if (!bits.empty()) {
    format.bits = static_cast<int>(std::min<std::uint64_t>(bits.front(), 0xffff));
    sameBits = std::ranges::all_of(bits, [&](std::uint64_t other) { return other == bits.front(); });
  }
  for (const std::uint64_t kind : findNumbers(file, directory, kExtraSamples, kMaxSamples))
    format.extraSamples.push_back(static_cast<std::uint16_t>(kind));
  readSegmentShape(file, directory, format);
  if (format.compression != 1) readCodecTags(file, directory, format);
  format.unsupported = findObstacle(format, sameBits);
  if (format.unsupported.empty()) format.voxelType = findVoxelType(format);
  return format;
}

}  // namespace

std::int64_t PageFormat::rowsOfSegment(std::int64_t row) const {
  return isTiled ? segmentHeight : std::min(segmentHeight, height - row * segmentHeight);
}

bool PageFormat::sameVoxels(const PageFormat& other) const {
  return width == other.width && height == other.height && depth == other.depth && samples == other.samples &&
         voxelType == other.voxelType;
}

std::string PageFormat::codec() const {
  const std::string name = compressionName(compression);
  return compression != 1 && predictor != 1 ? "predictor+" + name : name;
}

Page readPage(const File& file, const Directory& directory, const std::shared_ptr<const PageFormat>& previous) {
  constexpr std::uint64_t kReducedBit = 1;
  constexpr std::uint64_t kMaskBit = 4;
  PageFormat format = readFormat(file, directory);
  const std::uint64_t kind = findNumber(file, directory, kNewSubfileType).value_or(0);
  Page page{.position = directory.position, .isReduced = (kind & kReducedBit) != 0, .isMask = (kind & kMaskBit) != 0};
  page.format = previous && *previous == format ? previous : std::make_shared<const PageFormat>(std::move(format));
  // Some programs list tiles under the tags of strips (TIFF 6.0 forbids it; libtiff reads it).
  const auto find = [&](std::uint16_t tiles, std::uint16_t strips) {
    const Entry* entry = page.format->isTiled ? directory.find(tiles) : nullptr;
    if (!entry) entry = directory.find(strips);
    return entry ? std::optional(*entry) : std::nullopt;
  };
  page.offsets = find(kTileOffsets, kStripOffsets);
  page.byteCounts = find(kTileByteCounts, kStripByteCounts);
  page.subDirectories = findNumbers(file, directory, kSubDirectories, kMaxSubDirectories);
  return page;
}

void requireSupported(const File& file, const PageFormat& format) {
  if (!format.voxelType) fail("{}: this TIFF file {}", file.location().text(), format.unsupported);
}

}  // namespace volary::tiff
