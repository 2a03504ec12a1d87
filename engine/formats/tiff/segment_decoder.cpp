#include "formats/tiff/segment_decoder.h"

#include "base/error.h"
#include "formats/tiff/page.h"

#include <tiffio.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <vector>

namespace volary::tiff {

namespace {

/// A classic TIFF file in memory with one strip, whose bytes are handed to libtiff separately: this is how to use
/// libtiff's decoders on segments that we have found ourselves.
class StripHeader {
 public:
  explicit StripHeader(ByteOrder byteOrder) : byteOrder_(byteOrder) {}

  void add(std::uint16_t tag, std::uint16_t type, std::uint32_t value) {
    std::vector<std::byte> bytes;
    append(bytes, value, typeBytes(type));
    tags_.push_back({.tag = tag, .type = type, .count = 1, .values = std::move(bytes)});
  }
  void add(CodecTag tag) { tags_.push_back(std::move(tag)); }

  /// The file's bytes.
  std::vector<std::byte> make() {
    std::ranges::sort(tags_, {}, &CodecTag::tag);
    std::vector<std::byte> file(2, static_cast<std::byte>(byteOrder_ == ByteOrder::little ? 'I' : 'M'));
    append(file, 42, 2);
    append(file, kHeaderBytes, 4);
    append(file, static_cast<std::uint32_t>(tags_.size()), 2);
    std::vector<std::byte> values;
    const std::size_t valuesBegin = kHeaderBytes + 2 + tags_.size() * 12 + 4;
    for (const CodecTag& tag : tags_) {
      append(file, tag.tag, 2);
      append(file, tag.type, 2);
      append(file, static_cast<std::uint32_t>(tag.count), 4);
      if (tag.values.size() <= 4) {
        file.insert(file.end(), tag.values.begin(), tag.values.end());
        file.resize(file.size() + 4 - tag.values.size());
      } else {
        append(file, static_cast<std::uint32_t>(valuesBegin + values.size()), 4);
        values.insert(values.end(), tag.values.begin(), tag.values.end());
        values.resize((values.size() + 1) / 2 * 2);  // values begin on even places
      }
    }
    append(file, 0, 4);
    file.insert(file.end(), values.begin(), values.end());
    return file;
  }

 private:
  static constexpr std::uint32_t kHeaderBytes = 8;

  void append(std::vector<std::byte>& out, std::uint32_t value, std::size_t bytes) const {
    for (std::size_t i = 0; i < bytes; ++i) {
      const std::size_t shift = 8 * (byteOrder_ == ByteOrder::little ? i : bytes - 1 - i);
      out.push_back(static_cast<std::byte>(shift < 32 ? value >> shift : 0));
    }
  }

  ByteOrder byteOrder_;
  std::vector<CodecTag> tags_;
};

std::vector<std::byte> makeStripHeader(const PageFormat& format, ByteOrder byteOrder, std::int64_t rows,
                                       std::size_t storedBytes) {
  constexpr std::uint16_t kShort = 3;
  constexpr std::uint16_t kLong = 4;
  const int samples = format.samplesTogether();
  StripHeader header(byteOrder);
  header.add(kImageWidth, kLong, static_cast<std::uint32_t>(format.segmentWidth));
  header.add(kImageLength, kLong, static_cast<std::uint32_t>(rows));
  header.add(kRowsPerStrip, kLong, static_cast<std::uint32_t>(rows));
  header.add(kCompression, kShort, format.compression);
  header.add(kFillOrder, kShort, format.fillOrder);
  header.add(kSamplesPerPixel, kShort, static_cast<std::uint32_t>(samples));
  header.add(kPredictor, kShort, format.predictor);
  header.add(kStripOffsets, kLong, 8);
  header.add(kStripByteCounts, kLong, static_cast<std::uint32_t>(storedBytes));
  // The meaning of colours matters only if decoders know it; with a palette, libtiff would ask for its colours.
  const bool asStated = samples > 1 && format.photometric != static_cast<std::uint16_t>(Photometric::palette);
  const auto photometric = static_cast<std::uint16_t>(samples == 1 ? Photometric::minIsBlack : Photometric::rgb);
  header.add(kPhotometric, kShort, asStated ? format.photometric : photometric);
  const auto addForAll = [&](std::uint16_t tag, std::uint32_t value, int count) {
    CodecTag tagOfAll{.tag = tag, .type = kShort, .count = static_cast<std::uint64_t>(count), .values = {}};
    for (int i = 0; i < count; ++i) {
      const std::array<std::byte, 2> pair = {static_cast<std::byte>(value & 0xff), static_cast<std::byte>(value >> 8)};
      const bool isLittle = byteOrder == ByteOrder::little;
      tagOfAll.values.push_back(pair[isLittle ? 0 : 1]);
      tagOfAll.values.push_back(pair[isLittle ? 1 : 0]);
    }
    header.add(std::move(tagOfAll));
  };
  addForAll(kBitsPerSample, static_cast<std::uint32_t>(format.bits), samples);
  addForAll(kSampleFormat, format.sampleFormat, samples);
  constexpr int kColours = 3;
  if (samples > kColours && asStated) addForAll(kExtraSamples, 0, samples - kColours);
  for (const CodecTag& tag : format.codecTags) header.add(tag);
  return header.make();
}

/// What libtiff reads from, and what it says about it.
struct Conversation {
  std::span<const std::byte> header;
  std::uint64_t position = 0;
  std::array<char, 240> complaint{};
};

int keepComplaint(TIFF*, void* user, const char*, const char* format, va_list arguments) {
  auto& complaint = static_cast<Conversation*>(user)->complaint;
  // The first one names the cause.
  if (complaint[0] == '\0') std::vsnprintf(complaint.data(), complaint.size(), format, arguments);
  return 1;
}

int dropWarning(TIFF*, void*, const char*, const char*, va_list) { return 1; }

tmsize_t readHeader(thandle_t handle, void* out, tmsize_t count) {
  auto& conversation = *static_cast<Conversation*>(handle);
  const std::uint64_t size = conversation.header.size();
  const std::uint64_t there = size - std::min(conversation.position, size);
  const auto taken = std::min<std::uint64_t>(there, static_cast<std::uint64_t>(count));
  if (taken > 0) std::memcpy(out, conversation.header.data() + conversation.position, taken);
  conversation.position += taken;
  return static_cast<tmsize_t>(taken);
}

tmsize_t refuseWriting(thandle_t, void*, tmsize_t) { return -1; }

toff_t seekHeader(thandle_t handle, toff_t offset, int whence) {
  auto& conversation = *static_cast<Conversation*>(handle);
  const std::uint64_t bases[] = {0, conversation.position, conversation.header.size()};
  conversation.position = bases[whence == SEEK_CUR ? 1 : (whence == SEEK_END ? 2 : 0)] + offset;
  return conversation.position;
}

int closeNothing(thandle_t) { return 0; }

toff_t headerSize(thandle_t handle) { return static_cast<Conversation*>(handle)->header.size(); }

struct CloseTiff {
  void operator()(TIFF* tiff) const noexcept { TIFFClose(tiff); }
};
struct FreeOptions {
  void operator()(TIFFOpenOptions* options) const noexcept { TIFFOpenOptionsFree(options); }
};

std::unique_ptr<TIFF, CloseTiff> openHeader(Conversation& conversation) {
  // Enough for a decoder's tables and state; it unpacks into memory of ours.
  constexpr tmsize_t kMaxAllocation = tmsize_t{1} << 30;
  const std::unique_ptr<TIFFOpenOptions, FreeOptions> options(TIFFOpenOptionsAlloc());
  TIFFOpenOptionsSetMaxSingleMemAlloc(options.get(), kMaxAllocation);
  TIFFOpenOptionsSetErrorHandlerExtR(options.get(), keepComplaint, &conversation);
  TIFFOpenOptionsSetWarningHandlerExtR(options.get(), dropWarning, &conversation);
  // r: reading; m: no memory map; c: strips as they are.
  return std::unique_ptr<TIFF, CloseTiff>(TIFFClientOpenExt("segment", "rmc", &conversation, readHeader, refuseWriting,
                                                            seekHeader, closeNothing, headerSize, nullptr, nullptr,
                                                            options.get()));
}

}  // namespace

bool canDecode(std::uint16_t compression) {
  // Those that need only a segment's bytes and some tags. Old JPEG has its tables all over the file, and LogLuv and
  // PixarLog store the logarithms of colours.
  constexpr std::array<std::uint16_t, 17> kKnown = {
      COMPRESSION_NONE, COMPRESSION_CCITTRLE,   COMPRESSION_CCITTFAX3, COMPRESSION_CCITTFAX4, COMPRESSION_LZW,
      COMPRESSION_JPEG, COMPRESSION_DEFLATE,    COMPRESSION_PACKBITS,  COMPRESSION_CCITTRLEW, COMPRESSION_ADOBE_DEFLATE,
      COMPRESSION_LERC, COMPRESSION_LZMA,       COMPRESSION_ZSTD,      COMPRESSION_WEBP,      COMPRESSION_JBIG,
      COMPRESSION_NEXT, COMPRESSION_THUNDERSCAN};
  return std::ranges::find(kKnown, compression) != kKnown.end() && TIFFIsCODECConfigured(compression) != 0;
}

void decodeSegment(const PageFormat& format, ByteOrder byteOrder, std::int64_t rowCount,
                   std::span<const std::byte> stored, std::span<std::byte> rows) {
  if (stored.size() > std::numeric_limits<std::uint32_t>::max()) fail("{} bytes are too many", stored.size());
  const std::vector<std::byte> header = makeStripHeader(format, byteOrder, rowCount, stored.size());
  Conversation conversation{.header = header};
  const auto complain = [&](const char* otherwise) {
    // Some of libtiff's sentences end in a full stop or a line end.
    std::string words = conversation.complaint[0] != '\0' ? conversation.complaint.data() : otherwise;
    while (!words.empty() && (words.back() == '.' || words.back() == '\n')) words.pop_back();
    fail("libtiff says: {}", words);
  };
  const std::unique_ptr<TIFF, CloseTiff> tiff = openHeader(conversation);
  if (!tiff) complain("these tags make no image");
  if (format.compression == COMPRESSION_JPEG) TIFFSetField(tiff.get(), TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);
  if (TIFFStripSize64(tiff.get()) != rows.size()) complain("the tags contradict each other");

  // libtiff turns the bits of its input around in place if they come in the other order.
  std::vector<std::byte> copy;
  if (format.fillOrder == FILLORDER_LSB2MSB) copy.assign(stored.begin(), stored.end());
  void* const input = copy.empty() ? const_cast<std::byte*>(stored.data()) : copy.data();
  // A decoder may end early without an error, and leave the rest unwritten.
  std::ranges::fill(rows, std::byte{0});
  if (!TIFFReadFromUserBuffer(tiff.get(), 0, input, static_cast<tmsize_t>(stored.size()), rows.data(),
                              static_cast<tmsize_t>(rows.size())))
    complain("the data are damaged");
}

}  // namespace volary::tiff
