#include "formats/hdf5_image/hdf5_files.h"

#include "base/error.h"

#include <algorithm>
#include <utility>

namespace volary {

namespace {

// Each open file costs a file descriptor and some metadata cache of the library.
constexpr std::size_t kMaxOpenFiles = 32;
// Far more than any writer makes; ends links that lead in a circle.
constexpr int kMaxLinks = 16;

bool isThere(const Location& location) { return location.exists() && !location.isFolder(); }

}  // namespace

std::optional<Location> findMovedFile(const Location& folder, std::string_view stated,
                                      const std::vector<Location>& folders) {
  if (const auto direct = folder.findStated(stated); direct && isThere(*direct)) return direct;
  const std::string_view name = stated.substr(stated.find_last_of('/') + 1);
  for (const Location& other : folders)
    if (const Location beside = other / name; isThere(beside)) return beside;
  return std::nullopt;
}

Hdf5Files::Hdf5Files(Location opened) : opened_(std::move(opened)), open_(kMaxOpenFiles) {}

std::shared_ptr<const Hdf5File> Hdf5Files::open(const Location& file) {
  return open_.findOrMake(file, [&] { return std::make_shared<const Hdf5File>(file); });
}

Hdf5Files::Reopened Hdf5Files::reopenIfChanged(const Location& file) {
  const std::shared_ptr<const Hdf5File> old = open_.find(file);
  if (old && old->isAsOpened()) return Reopened::unchanged;
  try {
    auto opened = std::make_shared<const Hdf5File>(file);
    const std::size_t dropped =
        open_.eraseIf([&](const Location&, const Hdf5File& kept) { return &kept == old.get(); });
    open_.keep(file, std::move(opened));
    return dropped > 0 ? Reopened::anew : Reopened::unchanged;
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
    const Location folder = file->location().parent();
    const auto target = findMovedFile(folder, link->file, {folder, opened_.parent()});
    if (!target) fail("{}: {} stands in the file {}, which can't be found", opened_.text(), object, link->file);
    try {
      file = open(*target);
    } catch (const Error& error) {
      fail("{}: {} stands in another file: {}", opened_.text(), object, error.what());
    }
    object = link->object;
  }
  fail("{}: {} is linked in a circle", opened_.text(), object);
}

}  // namespace volary
