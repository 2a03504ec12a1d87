#include "viewer/last_view.h"

#include "base/error.h"
#include "export/atomic_file.h"

#include <cstdlib>
#include <span>
#include <string>
#include <system_error>

namespace volary {

namespace fs = std::filesystem;

namespace {

fs::path stateFolder() {
  const char* state = std::getenv("XDG_STATE_HOME");
  if (state && state[0] == '/') return fs::path(state) / "volary";
  const char* home = std::getenv("HOME");
  return home && home[0] == '/' ? fs::path(home) / ".local" / "state" / "volary" : fs::path();
}

}  // namespace

fs::path saveLastView(const View& view) {
  const fs::path folder = stateFolder();
  if (folder.empty()) return {};
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail("{}: can't be made: {}", folder.string(), error.message());
  const fs::path path = folder / "last-view.json";
  const std::string text = writeViewJson(view);
  AtomicFile file(path);
  file.write(std::as_bytes(std::span(text)));
  file.commit();
  return path;
}

}  // namespace volary
