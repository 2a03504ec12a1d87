#include "base/bytes.h"
#include "base/error.h"
#include "export/image_file.h"
#include "storage/atomic_file.h"

#include <png.h>

#include <array>
#include <bit>
#include <cassert>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <memory>

namespace volary {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

constexpr std::size_t kSignatureBytes = 8;
/// No view has more, and a hostile file must not fill the memory.
constexpr png_alloc_size_t kMostTextBytes = 16 * kMiB;

File openFile(const std::filesystem::path& path) { return {std::fopen(path.c_str(), "rb"), std::fclose}; }

struct PngImage {
  std::int64_t width = 0;
  std::int64_t height = 0;
  int bitDepth = 8;
  int colourType = PNG_COLOR_TYPE_GRAY;
  bool dropAlpha = false;  ///< rows are RGBX
  const png_byte* pixels = nullptr;
  std::size_t rowBytes = 0;
};

/// libpng's own words if it gives up.
struct Message {
  char text[128] = "out of memory";
};

void onWrite(png_structp png, png_bytep bytes, png_size_t size) {
  auto& file = *static_cast<AtomicFile*>(png_get_io_ptr(png));
  if (!file.write(std::as_bytes(std::span(bytes, size)))) png_error(png, "write error");
}

void onError(png_structp png, png_const_charp message) {
  auto& kept = *static_cast<Message*>(png_get_error_ptr(png));
  std::snprintf(kept.text, sizeof(kept.text), "%s", message);
  std::longjmp(png_jmpbuf(png), 1);
}

void onWarning(png_structp, png_const_charp) {}

// libpng jumps out of here on an error, so nothing in this function may need a destructor. False on an error.
bool encode(png_structp png, png_infop info, const PngImage& image, png_textp text, int textCount) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, static_cast<png_uint_32>(image.width), static_cast<png_uint_32>(image.height), image.bitDepth,
               image.colourType, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
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
  Message message;
  std::vector<png_text> entries;
  for (const PngText& entry : text) {
    png_text& made = entries.emplace_back();
    made = png_text{};
    made.compression = PNG_TEXT_COMPRESSION_NONE;
    made.key = const_cast<char*>(entry.keyword.c_str());
    made.text = const_cast<char*>(entry.text.c_str());
    made.text_length = entry.text.size();
  }

  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &message, onError, onWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  bool done = false;
  if (info) {
    png_set_write_fn(png, &file, onWrite, nullptr);
    done = encode(png, info, image, entries.data(), static_cast<int>(entries.size()));
  }
  png_destroy_write_struct(&png, &info);

  // If a write failed, the system's words say more than libpng's.
  if (!done && file.good()) fail("{}: can't be written: libpng says: {}", path.string(), message.text);
  file.commit();
}

// libpng jumps out of here on an error, so nothing in this function may need a destructor. False on an error.
bool readHead(png_structp png, png_infop info, std::FILE* file) {
  if (setjmp(png_jmpbuf(png))) return false;
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(png, kMostTextBytes);
  png_init_io(png, file);
  png_read_info(png, info);
  return true;
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

bool isPng(const std::filesystem::path& path) {
  const File file = openFile(path);
  std::array<png_byte, kSignatureBytes> head{};
  return file && std::fread(head.data(), 1, head.size(), file.get()) == head.size() &&
         png_sig_cmp(head.data(), 0, head.size()) == 0;
}

std::optional<std::string> findPngText(const std::filesystem::path& path, const std::string& keyword) {
  const File file = openFile(path);
  if (!file) fail("{}: can't be read: {}", path.string(), systemErrorText(errno));
  Message message;
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &message, onError, onWarning);
  png_infop info = png ? png_create_info_struct(png) : nullptr;
  const bool whole = info && readHead(png, info, file.get());
  std::optional<std::string> found;
  if (whole) {
    png_textp texts = nullptr;
    const int count = png_get_text(png, info, &texts, nullptr);
    for (int i = 0; i < count && !found; ++i)
      if (keyword == texts[i].key) found = std::string(texts[i].text ? texts[i].text : "");
  }
  png_destroy_read_struct(&png, &info, nullptr);
  if (!whole) fail("{}: can't be read: libpng says: {}", path.string(), message.text);
  return found;
}

}  // namespace volary
