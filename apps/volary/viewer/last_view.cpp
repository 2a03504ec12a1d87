#include "viewer/last_view.h"

#include "base/error.h"
#include "base/os/user_folder.h"
#include "storage/atomic_file.h"

#include <system_error>

namespace volary {

namespace fs = std::filesystem;

fs::path saveLastView(const View& view) {
  const fs::path folder = os::findUserFolder(os::UserFolder::state);
  if (folder.empty()) return {};
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail("{}: can't be made: {}", folder.string(), error.message());
  const fs::path path = folder / "last-view.json";
  writeWhole(path, writeViewJson(view));
  return path;
}

}  // namespace volary
