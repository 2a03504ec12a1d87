#include "base/error.h"
#include "export/atomic_file.h"
#include "export/image_file.h"

#include <png.h>

#include <bit>
#include <cassert>
#include <csetjmp>

namespace volary {

namespace {

struct PngImage {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int bitDepth = 8;
  int colourType = PNG_COLOR_TYPE_GRAY;
  bool dropAlpha = false;  ///< rows are RGBX
  const png_byte* pixels = nullptr;
  std::size_t rowBytes = 0;
};

/// What libpng's callbacks see: the file, and libpng's own words if it gives up.
struct Sink {
  AtomicFile& file;
  char message[128] = "out of memory";
};

void onWrite(png_structp png, png_bytep bytes, png_size_t size) {
  auto& sink = *static_cast<Sink*>(png_get_io_ptr(png));
  if (!sink.file.write(std::as_bytes(std::span(bytes, size)))) png_error(png, "write error");
}

void onError(png_structp png, png_const_charp message) {
  auto& sink = *static_cast<Sink*>(png_get_error_ptr(png));
  std::snprintf(sink.message, sizeof(sink.message), "%s", message);
  std::longjmp(png_jmpbuf(png), 1);
}

void onWarning(png_structp, png_const_charp) {}

// libpng jumps out of here on an error, so nothing in this function may need a destructor. False on an error.
bool encode(png_structp png, png_infop info, const PngImage& image, png_textp text, int textCount) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width), static_cast<png_uint_32>(image.height),
               image.bitDepth, image.colourType, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
               PNG_FILTER_TYPE_DEFAULT);
  // Level 6 is three times slower on microscope noise and gains a few percent.
  png_set_compression_level(png, 3);
  if (textCount > 0) png_set_text(png, info, text, textCount);
  png_write_info(png, info);
  if (image.dropAlpha) png_set_filler(png, 0, PNG_FILLER_AFTER);
  if (image.bitDepth == 16 && std::endian::native == std::endian::little) png_set_swap(png);
  for (std::int64_t y = 0; y < image.height; ++y)
    png_write_row(png, image.pixels + static_cast<std::size_t>(y) * image.rowBytes);
  png_write_end(png, info);
  return true;
}

void writePng(const std::filesystem::path& path, const PngImage& image, std::span<const PngText> text) {
  if (image.width > PNG_UINT_31_MAX || image.height > PNG_UINT_31_MAX)
    fail("{}: a PNG can't hold {} x {} pixels", path.string(), image.width, image.height);
  AtomicFile file(path);
  Sink sink{file};
  std::vector<png_text> entries;
  for (const PngText& entry : text) {
    png_text& made = entries.emplace_back();
    made = png_text{};
    made.compression = PNG_TEXT_COMPRESSION_NONE;
    made.key = const_cast<char*>(entry.keyword.c_str());
    made.text = const_cast<char*>(entry.text.c_str());
    made.text_length = entry.text.size();
  }

  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &sink, onError, onWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  bool done = false;
  if (info) {
    png_set_write_fn(png, &sink, onWrite, nullptr);
    done = encode(png, info, image, entries.data(), static_cast<int>(entries.size()));
  }
  png_destroy_write_struct(&png, &info);

  // A failed write has the system's words for it, which say more than libpng's.
  if (!done && file.good()) fail("{}: can't be written: libpng says: {}", path.string(), sink.message);
  file.commit();
}

}  // namespace

void writePngGrey(const std::filesystem::path& path, const ImagePlane& plane, std::span<const PngText> text) {
  assert(plane.type == VoxelType::uint8 || plane.type == VoxelType::uint16);
  const std::size_t rowBytes = static_cast<std::size_t>(plane.width) * voxelBytes(plane.type);
  assert(plane.voxels.size() == rowBytes * static_cast<std::size_t>(plane.height));
  writePng(path,
           {.width = plane.width,
            .height = plane.height,
            .bitDepth = plane.type == VoxelType::uint8 ? 8 : 16,
            .colourType = PNG_COLOR_TYPE_GRAY,
            .pixels = reinterpret_cast<const png_byte*>(plane.voxels.data()),
            .rowBytes = rowBytes},
           text);
}

void writePngRgb(const std::filesystem::path& path, std::int64_t width, std::int64_t height,
                 std::span<const std::uint8_t> rgba, std::span<const PngText> text) {
  assert(rgba.size() == static_cast<std::size_t>(width * height) * 4);
  writePng(path,
           {.width = width,
            .height = height,
            .bitDepth = 8,
            .colourType = PNG_COLOR_TYPE_RGB,
            .dropAlpha = true,
            .pixels = rgba.data(),
            .rowBytes = static_cast<std::size_t>(width) * 4},
           text);
}

}  // namespace volary
