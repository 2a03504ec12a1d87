#include "base/bytes.h"
#include "base/error.h"
#include "export/image_file.h"

#include <png.h>

#include <array>
#include <cerrno>
#include <csetjmp>
#include <cstdio>
#include <memory>

namespace volary {

namespace {

using File = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

constexpr std::size_t kSignatureBytes = 8;
/// No view has more, and a hostile file is not to fill the memory.
constexpr png_alloc_size_t kMostTextBytes = 16 * kMiB;

File openFile(const std::filesystem::path& path) { return {std::fopen(path.c_str(), "rb"), std::fclose}; }

struct Message {
  char text[128] = "out of memory";
};

void onError(png_structp png, png_const_charp message) {
  auto& sink = *static_cast<Message*>(png_get_error_ptr(png));
  std::snprintf(sink.text, sizeof(sink.text), "%s", message);
  std::longjmp(png_jmpbuf(png), 1);
}

void onWarning(png_structp, png_const_charp) {}

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
