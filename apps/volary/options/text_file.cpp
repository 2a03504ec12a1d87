#include "options/text_file.h"

#include "base/bytes.h"
#include "base/error.h"

#include <cerrno>
#include <cstdio>
#include <memory>

namespace volary {

std::string readTextFile(const std::filesystem::path& path) {
  constexpr std::size_t kMaxBytes = 16 * kMiB;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) fail("{}: can't be read: {}", path.string(), systemErrorText(errno));
  std::string text;
  char part[4096];
  while (const std::size_t count = std::fread(part, 1, sizeof(part), file.get())) {
    text.append(part, count);
    if (text.size() > kMaxBytes) fail("{}: this is too large to be a view", path.string());
  }
  if (std::ferror(file.get())) fail("{}: can't be read: {}", path.string(), systemErrorText(errno));
  return text;
}

}  // namespace volary
