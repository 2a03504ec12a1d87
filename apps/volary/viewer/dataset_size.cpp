#include "viewer/dataset_size.h"

#include <system_error>

namespace volary {

namespace fs = std::filesystem;

std::uint64_t datasetBytesOnDisk(const fs::path& file) {
  std::error_code error;
  const std::uint64_t own = fs::file_size(file, error);
  if (error) return 0;
  if (file.extension() != ".xml" && file.extension() != ".h5") return own;

  std::uint64_t sum = own;
  const std::string stem = file.stem().string();
  const fs::path folder = file.has_parent_path() ? file.parent_path() : fs::path(".");
  for (const fs::directory_entry& entry : fs::directory_iterator(folder, error)) {
    const std::string name = entry.path().filename().string();
    if (name == file.filename().string() || entry.path().extension() != ".h5") continue;
    const bool partition = name.rfind(stem + "-", 0) == 0;
    if (!partition && name != stem + ".h5") continue;
    std::error_code sizeError;
    const std::uint64_t size = fs::file_size(entry.path(), sizeError);
    if (!sizeError) sum += size;
  }
  return sum;
}

}  // namespace volary
