#include "bench/scratch_folder.h"

#include "base/error.h"
#include "base/os/process_figures.h"

#include <fmt/format.h>

#include <system_error>

namespace volary {

ScratchFolder::ScratchFolder(const std::filesystem::path& parent)
    : path_(parent / fmt::format("volary-bench-{}", os::processId())) {
  std::error_code error;
  std::filesystem::create_directory(path_, error);
  if (error) fail("{}: {}", path_.string(), error.message());
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

}  // namespace volary
