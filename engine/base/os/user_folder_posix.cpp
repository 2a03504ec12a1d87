#include "base/os/user_folder.h"

#include <cstdlib>

namespace volary::os {

std::filesystem::path findUserFolder(UserFolder kind) {
  namespace fs = std::filesystem;
  const bool isCache = kind == UserFolder::cache;
  // What is not absolute is to be ignored.
  const char* folder = std::getenv(isCache ? "XDG_CACHE_HOME" : "XDG_STATE_HOME");
  if (folder && folder[0] == '/') return fs::path(folder) / "volary";
  const char* home = std::getenv("HOME");
  return home && home[0] == '/' ? fs::path(home) / (isCache ? ".cache" : ".local/state") / "volary" : fs::path();
}

}  // namespace volary::os
