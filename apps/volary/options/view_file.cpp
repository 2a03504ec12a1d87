#include "options/view_file.h"

#include "base/error.h"
#include "export/image_file.h"
#include "options/text_file.h"
#include "picture/picture_text.h"

namespace volary {

View readViewFile(const std::filesystem::path& path) {
  if (!isPng(path)) return readViewJson(readTextFile(path), path.string());
  const auto text = findPngText(path, kViewKeyword);
  if (!text)
    fail("{}: this picture holds no view: Volary did not write it, or another program did so since", path.string());
  return readViewJson(*text, path.string());
}

}  // namespace volary
