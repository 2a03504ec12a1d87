#include "formats/tiff/plane_reader.h"

#include "base/bytes.h"
#include "base/error.h"
#include "formats/tiff/samples.h"
#include "formats/tiff/segment_decoder.h"
#include "storage/range_reads.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <optional>
#include <string>
#include <vector>

namespace volary::tiff {

namespace {

// Smaller chunks cost more in calls and bookkeeping than in reading.
constexpr std::int64_t kMinChunkBytes = 64 * static_cast<std::int64_t>(kKiB);
// A band of an uncompressed plane: a few rows of bricks of a camera's picture.
constexpr std::int64_t kBandBytes = 128 * static_cast<std::int64_t>(kKiB);
// The largest chunk that is taken into memory, as for other formats.
constexpr double kMaxChunkBytes = static_cast<double>(kGiB);

constexpr double kLargeTileBytes = 16.0 * static_cast<double>(kMiB);

constexpr std::uint16_t kRaw = 1;

/// A piece of a part, as stored in the file: a segment, or some rows of one.
struct Piece {
  std::int64_t segment = 0;     ///< index in the page's lists
  std::int64_t x = 0, y = 0;    ///< its first pixel on the plane
  std::int64_t rows = 0;        ///< rows that are stored of it, other slices included
  std::int64_t firstRow = 0;    ///< of these, the one that lies at `y`
  std::int64_t usedRows = 0;    ///< rows of the plane from there on
  std::int64_t byteOffset = 0;  ///< from the segment's place on
};

/// Calls visit(piece) for each piece that `part` touches, in the same order each time.
template <typename Visit>
void forEachPiece(const PlanePart& part, const Visit& visit) {
  const PageFormat& format = *part.page.format;
  const std::int64_t across = format.segmentsAcross();
  const std::int64_t deep = part.slice / format.segmentDepth;
  const std::int64_t plane = format.planar == Planar::separate ? part.sample : 0;
  const std::int64_t base = plane * format.segmentsPerSample() + deep * across * format.segmentsDown();
  const std::int64_t lastRow = (part.y + part.height - 1) / format.segmentHeight;
  const std::int64_t lastColumn = (part.x + part.width - 1) / format.segmentWidth;
  for (std::int64_t row = part.y / format.segmentHeight; row <= lastRow; ++row)
    for (std::int64_t column = part.x / format.segmentWidth; column <= lastColumn; ++column) {
      const std::int64_t rows = format.rowsOfSegment(row);
      Piece piece{.segment = base + row * across + column,
                  .x = column * format.segmentWidth,
                  .y = row * format.segmentHeight,
                  .rows = rows * format.segmentDepth,
                  .firstRow = part.slice % format.segmentDepth * rows,
                  .usedRows = rows};
      if (format.compression == kRaw) {
        // Rows can be read one by one.
        const std::int64_t begin = std::max(part.y, piece.y);
        const std::int64_t end = std::min(part.y + part.height, piece.y + rows);
        piece.byteOffset = (piece.firstRow + begin - piece.y) * format.segmentRowBytes();
        piece.y = begin;
        piece.rows = piece.usedRows = end - begin;
        piece.firstRow = 0;
      }
      visit(piece);
    }
}

std::size_t decodedBytes(const PageFormat& format, const Piece& piece) {
  return static_cast<std::size_t>(piece.rows * format.segmentRowBytes());
}

/// Bytes stored of a piece; 0 if it is not stored.
std::uint64_t storedBytes(const PageFormat& format, const SegmentTable& table, const Piece& piece) {
  const auto segment = static_cast<std::size_t>(piece.segment);
  if (table.offsets[segment] == 0) return 0;
  if (format.compression == kRaw) return decodedBytes(format, piece);
  // No compression makes more of it than this, however bad: a larger size is wrong, or has padding.
  return std::min<std::uint64_t>(table.byteCounts[segment], 4 * decodedBytes(format, piece) + kMiB);
}

/// Decodes a piece of a compressed plane into `decoded`. Throws Error with the file's name.
void decodePiece(PageList& pages, const PlanePart& part, const Piece& piece, std::span<const std::byte> stored,
                 std::span<std::byte> decoded, DecodeScratch& scratch) {
  const PageFormat& format = *part.page.format;
  const ByteOrder byteOrder = pages.file().byteOrder();
  // Some programs pad the last strip. If a deflate stream is longer than stated, libtiff loses the end of what there is
  // room for, so the strip is first taken to be full.
  constexpr std::uint16_t kDeflate = 8;
  constexpr std::uint16_t kOldDeflate = 32946;
  const bool isDeflate = format.compression == kDeflate || format.compression == kOldDeflate;
  if (isDeflate && piece.rows < format.segmentHeight) try {
      const std::span<std::byte> full =
          scratch.buffer(1, static_cast<std::size_t>(format.segmentHeight * format.segmentRowBytes()));
      decodeSegment(format, byteOrder, format.segmentHeight, stored, full);
      std::ranges::copy(full.first(decoded.size()), decoded.begin());
      return;
    } catch (const Error&) {
      // It is as long as stated, or damaged.
    }
  try {
    decodeSegment(format, byteOrder, piece.rows, stored, decoded);
  } catch (const Error& error) {
    fail("{}: strip or tile {} of the page at {} can't be decoded: {}", pages.file().location().text(), piece.segment,
         part.page.position, error.what());
  }
}

bool hasRows(const PageFormat& format) { return format.compression == kRaw && !format.isTiled; }

/// What is wrong with decoding segments of a page, if something is: whole segments, with all the samples that lie
/// together, or `rows` rows if rows can be read one by one.
std::optional<std::string> findExcess(const PageFormat& format, std::int64_t rows) {
  const double decoded =
      (hasRows(format) ? static_cast<double>(rows)
                       : static_cast<double>(format.segmentHeight) * static_cast<double>(format.segmentDepth)) *
      static_cast<double>(format.segmentRowBytes());
  const auto text = [](double bytes) { return formatBytes(static_cast<std::uint64_t>(bytes)); };
  if (decoded > kMaxChunkBytes)
    return fmt::format("its strips or tiles hold {} each, {} is the limit", text(decoded), formatBytes(kGiB));
  // Tiles may be larger than a small page, but not so much larger that they only waste memory.
  const double page = static_cast<double>(format.segmentRowBytes()) / static_cast<double>(format.segmentWidth) *
                      static_cast<double>(format.width) * static_cast<double>(format.height) *
                      static_cast<double>(format.depth);
  if (decoded > kLargeTileBytes && decoded > 16 * page)
    return fmt::format("its tiles hold {} each, the page has {}", text(decoded), text(page));
  return std::nullopt;
}

std::int64_t voxelBytesOf(const PageFormat& format) { return static_cast<std::int64_t>(voxelBytes(*format.voxelType)); }

}  // namespace

ivec3 planChunk(const PageFormat& format) {
  const std::int64_t voxel = voxelBytesOf(format);
  std::int64_t width = format.segmentWidth;
  std::int64_t height = format.segmentHeight;
  if (hasRows(format)) {
    height = std::max<std::int64_t>(1, kBandBytes / format.segmentRowBytes());
  } else {
    while (width < format.width && width * height * voxel < kMinChunkBytes) width += format.segmentWidth;
    while (height < format.height && width * height * voxel < kMinChunkBytes) height += format.segmentHeight;
  }
  width = std::min(width, format.width);
  height = std::min(height, format.height);
  if (const auto excess = findExcess(format, height)) fail("{}", *excess);
  const double voxels = static_cast<double>(width) * static_cast<double>(height) * static_cast<double>(voxel);
  if (voxels > kMaxChunkBytes)
    fail("its chunks hold {} each, {} is the limit", formatBytes(static_cast<std::uint64_t>(voxels)),
         formatBytes(kGiB));
  return ivec3(width, height, 1);
}

namespace {

/// Where the pieces of a part stand, in their order; a piece that is not stored has no bytes. Throws Error if one is
/// said to stand beyond the end of the file.
std::vector<ByteRange> findPieces(PageList& pages, const PlanePart& part) {
  const PageFormat& format = *part.page.format;
  // Chunks are planned by the first page, and each page has segments of its own.
  if (const auto excess = findExcess(format, part.height))
    fail("{}: the page at {} can't be read: {}", pages.file().location().text(), part.page.position, *excess);
  const std::shared_ptr<const SegmentTable> table = pages.segments(part.page);
  const std::uint64_t size = pages.file().sizeBytes();
  std::vector<ByteRange> ranges;
  forEachPiece(part, [&](const Piece& piece) {
    const std::uint64_t bytes = storedBytes(format, *table, piece);
    const std::uint64_t place = table->offsets[static_cast<std::size_t>(piece.segment)];
    const std::uint64_t skipped = bytes > 0 ? static_cast<std::uint64_t>(piece.byteOffset) : 0;
    // Checked before memory is taken for it. The sum can't overflow 64 bits.
    if (bytes > 0 && (place > size || skipped + bytes > size - place))
      fail("{}: strip or tile {} of the page at {} is said to reach beyond the end of the file",
           pages.file().location().text(), piece.segment, part.page.position);
    ranges.push_back({place + skipped, bytes});
  });
  return ranges;
}

/// The one range that all pieces are, each stored and each behind the one before it.
std::optional<ByteRange> joinPieces(const std::vector<ByteRange>& pieces) {
  ByteRange whole = pieces.front();
  for (std::size_t i = 1; i < pieces.size(); ++i) {
    if (pieces[i].position != whole.end() || pieces[i].bytes == 0) return std::nullopt;
    whole.bytes += pieces[i].bytes;
  }
  return whole.bytes > 0 ? std::optional(whole) : std::nullopt;
}

/// Puts ranges where they belong in a chunk.
class PieceSink final : public RangeSink {
 public:
  explicit PieceSink(std::vector<std::span<std::byte>> places) : places_(std::move(places)) {}

  std::span<std::byte> buffer(std::size_t size) override {
    if (buffer_.size() < size) buffer_.resize(size);
    return buffer_;
  }
  Next take(const WantedRange& wanted, std::span<const std::byte> bytes) override {
    std::ranges::copy(bytes, places_[wanted.index].begin());
    return Next::goOn;
  }
  /// All are asked for, also where the first is on its way.
  Next fail(const WantedRange&, std::exception_ptr failure) override {
    failure_ = failure;
    return Next::goOn;
  }
  void rethrow() const {
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  std::vector<std::span<std::byte>> places_;  ///< one a piece
  std::vector<std::byte> buffer_;
  std::exception_ptr failure_;
};

}  // namespace

std::optional<ByteRange> findRange(PageList& pages, const PlanePart& part) {
  const std::vector<ByteRange> pieces = findPieces(pages, part);
  // Sizes of pieces without compression follow from the page.
  if (pieces.size() > 1 && part.page.format->compression != kRaw) return std::nullopt;
  return joinPieces(pieces);
}

RawChunk readPart(PageList& pages, const PlanePart& part) {
  const std::vector<ByteRange> pieces = findPieces(pages, part);
  std::uint64_t total = 0;
  for (const ByteRange& piece : pieces) total += piece.bytes;
  if (total == 0) return {};

  RawChunk raw{
      .bytes = std::vector<std::byte>(total + pieces.size() * sizeof(std::uint64_t)), .filterMask = 0, .stored = true};
  std::byte* out = raw.bytes.data();
  if (const auto whole = joinPieces(pieces)) {
    pages.file().readAt(whole->position, std::span(out, total));
    out += total;
  } else {
    RangeReads reads;
    std::vector<std::span<std::byte>> places;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      places.emplace_back(out, pieces[i].bytes);
      if (pieces[i].bytes > 0) reads.add({.range = pieces[i], .index = i});
      out += pieces[i].bytes;
    }
    PieceSink sink(std::move(places));
    reads.run(*pages.file().bytes(), sink);
    nameInErrors(pages.file().location(), [&] { sink.rethrow(); });
  }
  // The pieces' sizes follow, so that decoding does not need the file.
  for (const ByteRange& piece : pieces) {
    std::memcpy(out, &piece.bytes, sizeof(piece.bytes));
    out += sizeof(piece.bytes);
  }
  return raw;
}

namespace {

[[noreturn]] void failCut(PageList& pages, const PlanePart& part) {
  fail("{}: bytes of the page at {} are missing", pages.file().location().text(), part.page.position);
}

}  // namespace

void decodePart(PageList& pages, const PlanePart& part, const RawView& raw, std::span<std::byte> voxels,
                DecodeScratch& scratch) {
  const PageFormat& format = *part.page.format;
  const std::int64_t voxel = voxelBytesOf(format);
  if (voxels.size() < static_cast<std::size_t>(part.width * part.height * voxel))
    fail("{}: room for {} bytes of voxels is too little", pages.file().location().text(), voxels.size());
  if (!raw.stored) {
    std::ranges::fill(voxels, std::byte{0});
    return;
  }
  const bool isOneRange = raw.filterMask == kOneRange;
  std::size_t pieces = 0;
  forEachPiece(part, [&](const Piece&) { ++pieces; });
  const std::size_t sizesBytes = isOneRange ? 0 : pieces * sizeof(std::uint64_t);
  if (raw.bytes.size() < sizesBytes) failCut(pages, part);
  std::span<const std::byte> stored = raw.bytes.first(raw.bytes.size() - sizesBytes);
  const std::byte* sizes = stored.data() + stored.size();
  forEachPiece(part, [&](const Piece& piece) {
    std::uint64_t bytes = pieces == 1 ? raw.bytes.size() : decodedBytes(format, piece);
    if (!isOneRange) {
      std::memcpy(&bytes, sizes, sizeof(bytes));
      sizes += sizeof(bytes);
    }
    const bool isRaw = format.compression == kRaw && bytes > 0;
    if (bytes > stored.size() || (isRaw && bytes != decodedBytes(format, piece))) failCut(pages, part);
    const std::span<const std::byte> source = stored.first(bytes);
    stored = stored.subspan(bytes);

    const std::span<std::byte> decoded = scratch.buffer(0, decodedBytes(format, piece));
    if (bytes == 0) {
      std::ranges::fill(decoded, std::byte{0});
    } else if (format.compression == kRaw) {
      std::ranges::copy(source, decoded.begin());
      makeNative(format, pages.file().byteOrder(), decoded);
    } else {
      decodePiece(pages, part, piece, source, decoded, scratch);
    }

    // The rectangle that piece and part share.
    const std::int64_t left = std::max(part.x, piece.x);
    const std::int64_t right = std::min(part.x + part.width, piece.x + format.segmentWidth);
    const std::int64_t top = std::max(part.y, piece.y);
    const std::int64_t bottom = std::min(part.y + part.height, piece.y + piece.usedRows);
    const auto rowBytes = static_cast<std::size_t>(format.segmentRowBytes());
    const int sample = format.planar == Planar::contiguous ? part.sample : 0;
    for (std::int64_t y = top; y < bottom; ++y) {
      const auto row = static_cast<std::size_t>(piece.firstRow + y - piece.y) * rowBytes;
      const std::int64_t to = ((y - part.y) * part.width + left - part.x) * voxel;
      takeSample(format, decoded.subspan(row, rowBytes), left - piece.x, right - left, sample,
                 voxels.subspan(static_cast<std::size_t>(to), static_cast<std::size_t>((right - left) * voxel)));
    }
  });
}

std::uint64_t countPlaneBytes(PageList& pages, const Page& page, std::int64_t slice, int sample) {
  const PageFormat& format = *page.format;
  const std::shared_ptr<const SegmentTable> table = pages.segments(page);
  std::uint64_t total = 0;
  forEachPiece({.page = page, .slice = slice, .sample = sample, .width = format.width, .height = format.height},
               [&](const Piece& piece) { total += storedBytes(format, *table, piece); });
  return total;
}

}  // namespace volary::tiff
