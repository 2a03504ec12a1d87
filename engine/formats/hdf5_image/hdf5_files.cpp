#include "formats/hdf5_image/hdf5_files.h"

#include "base/error.h"

#include <algorithm>
#include <utility>

namespace volary {

namespace {

// Each open file is a file descriptor and some metadata cache of the library.
constexpr std::size_t kMaxOpenFiles = 32;
// Far more than any writer makes; ends links that lead in a circle.
constexpr int kMaxLinks = 16;

bool isFile(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) && !std::filesystem::is_directory(path, error);
}

}  // namespace

std::optional<std::filesystem::path> findMovedFile(const std::filesystem::path& stated,
                                                   const std::vector<std::filesystem::path>& folders) {
  if (const std::filesystem::path direct = stated.lexically_normal(); isFile(direct)) return direct;
  for (const std::filesystem::path& folder : folders)
    if (const std::filesystem::path beside = folder / stated.filename(); isFile(beside)) return beside;
  return std::nullopt;
}

std::shared_ptr<const Hdf5File> Hdf5Files::open(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(recent_, [&](const auto& open) { return open->path() == file; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
  } else {
    recent_.push_front(std::make_shared<const Hdf5File>(file));
    if (recent_.size() > kMaxOpenFiles) recent_.pop_back();
  }
  return recent_.front();
}

Hdf5Files::Reopened Hdf5Files::reopenIfChanged(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(recent_, [&](const auto& open) { return open->path() == file; });
  if (found != recent_.end() && (*found)->isAsOpened()) return Reopened::unchanged;
  try {
    auto opened = std::make_shared<const Hdf5File>(file);
    const bool wasOpen = found != recent_.end();
    if (wasOpen)
      *found = std::move(opened);
    else
      recent_.push_front(std::move(opened));
    return wasOpen ? Reopened::anew : Reopened::unchanged;
  } catch (const Error&) {
    return Reopened::failed;
  }
}

std::optional<Hdf5Place> Hdf5Files::find(std::shared_ptr<const Hdf5File> file, std::string object) {
  for (int links = 0; links < kMaxLinks; ++links) {
    if (file->exists(object)) return Hdf5Place{.file = std::move(file), .object = std::move(object)};
    std::optional<Hdf5ExternalLink> link = file->findExternalLink(object);
    if (!link) return std::nullopt;
    std::ranges::replace(link->file, '\\', '/');
    const std::filesystem::path folder = file->path().parent_path();
    const auto target = findMovedFile(folder / link->file, {folder, opened_.parent_path()});
    if (!target) fail("{}: {} stands in the file {}, which can't be found", opened_.string(), object, link->file);
    try {
      file = open(*target);
    } catch (const Error& error) {
      fail("{}: {} stands in another file: {}", opened_.string(), object, error.what());
    }
    object = link->object;
  }
  fail("{}: {} is linked in a circle", opened_.string(), object);
}

}  // namespace volary
