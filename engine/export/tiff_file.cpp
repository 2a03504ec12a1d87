// Based on: TIFF Revision 6.0 (1992), sections 3 and 19 (SampleFormat).
#include "base/bytes.h"
#include "base/error.h"
#include "export/image_file.h"
#include "storage/atomic_file.h"

#include <tiffio.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstdarg>
#include <cstdio>

namespace volary {

namespace {

/// State of libtiff's callbacks: the file, its length so far, and libtiff's own words if it gives up.
struct Sink {
  AtomicFile& file;
  std::uint64_t size = 0;
  char message[256] = "";
};

Sink& sinkOf(thandle_t handle) { return *static_cast<Sink*>(handle); }

// Nothing is read back of a file with one page.
tmsize_t onRead(thandle_t, void*, tmsize_t) { return 0; }

tmsize_t onWrite(thandle_t handle, void* bytes, tmsize_t size) {
  Sink& sink = sinkOf(handle);
  if (!sink.file.write({static_cast<const std::byte*>(bytes), static_cast<std::size_t>(size)})) return -1;
  sink.size = std::max(sink.size, sink.file.position());
  return size;
}

toff_t onSeek(thandle_t handle, toff_t offset, int whence) {
  Sink& sink = sinkOf(handle);
  const std::uint64_t base = whence == SEEK_CUR ? sink.file.position() : whence == SEEK_END ? sink.size : 0;
  return sink.file.seek(base + offset) ? base + offset : static_cast<toff_t>(-1);
}

int onClose(thandle_t) { return 0; }
toff_t onSize(thandle_t handle) { return sinkOf(handle).size; }

int onError(TIFF*, void* data, const char*, const char* format, va_list arguments) {
  auto& sink = *static_cast<Sink*>(data);
  if (sink.message[0] == '\0') std::vsnprintf(sink.message, sizeof(sink.message), format, arguments);
  return 1;
}

std::uint16_t sampleFormat(VoxelType type) {
  if (!isInteger(type)) return SAMPLEFORMAT_IEEEFP;
  return naturalRange(type).min < 0 ? SAMPLEFORMAT_INT : SAMPLEFORMAT_UINT;
}

bool encode(TIFF* tiff, const ImagePlane& plane) {
  const std::size_t rowBytes = static_cast<std::size_t>(plane.width) * voxelBytes(plane.type);
  // Strips of about 256 KiB: some readers hold one whole.
  const auto rows = static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(256 * kKiB / rowBytes, 1, static_cast<std::uint64_t>(plane.height)));
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, static_cast<std::uint32_t>(plane.width));
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, static_cast<std::uint32_t>(plane.height));
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, static_cast<int>(voxelBytes(plane.type) * 8));
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, 1);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, static_cast<int>(sampleFormat(plane.type)));
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, PHOTOMETRIC_MINISBLACK);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG, PLANARCONFIG_CONTIG);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, COMPRESSION_NONE);
  TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, rows);

  std::uint32_t strip = 0;
  for (std::int64_t y = 0; y < plane.height; y += rows, ++strip) {
    const auto count = static_cast<std::size_t>(std::min<std::int64_t>(rows, plane.height - y));
    const std::byte* from = plane.voxels.data() + static_cast<std::size_t>(y) * rowBytes;
    // libtiff takes a non-const pointer, but changes nothing when neither compression nor byte order does.
    if (TIFFWriteRawStrip(tiff, strip, const_cast<std::byte*>(from), static_cast<tmsize_t>(count * rowBytes)) < 0)
      return false;
  }
  return TIFFWriteDirectory(tiff) == 1;
}

}  // namespace

void writeTiff(const std::filesystem::path& path, const ImagePlane& plane) {
  assert(plane.voxels.size() == static_cast<std::size_t>(plane.width * plane.height) * voxelBytes(plane.type));
  if (plane.width > UINT32_MAX || plane.height > UINT32_MAX)
    fail("{}: a TIFF can't hold {} x {} pixels", path.string(), plane.width, plane.height);
  AtomicFile file(path);
  Sink sink{.file = file};

  TIFFOpenOptions* options = TIFFOpenOptionsAlloc();
  TIFFOpenOptionsSetErrorHandlerExtR(options, onError, &sink);
  // 'n': native byte order, 'm': nothing mapped, '8': 64-bit offsets, left to the files that need them.
  const char* mode = plane.voxels.size() > 4 * kGiB - 16 * kMiB ? "w8m" : "wm";
  TIFF* tiff =
      TIFFClientOpenExt(path.c_str(), mode, &sink, onRead, onWrite, onSeek, onClose, onSize, nullptr, nullptr, options);
  TIFFOpenOptionsFree(options);
  const bool done = tiff && encode(tiff, plane);
  if (tiff) TIFFClose(tiff);

  // If a write failed, the system's words say more than libtiff's.
  if (!done && file.good()) fail("{}: can't be written: libtiff says: {}", path.string(), sink.message);
  file.commit();
}

}  // namespace volary
