#pragma once

#include "base/recently_used.h"
#include "formats/hdf5_image/hdf5_file.h"
#include "storage/location.h"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// An object in an opened file.
struct Hdf5Place {
  std::shared_ptr<const Hdf5File> file;
  std::string object;
};

/// The HDF5 files of one data set: the one that the user opened, and those that its links lead to. Keeps the last few
/// open. Any thread. Errors name the file that the user opened.
class Hdf5Files {
 public:
  explicit Hdf5Files(Location opened);

  /// What the user opened; need not be an HDF5 file.
  const Location& opened() const { return opened_; }

  /// Opens a file, or takes it from those that are open.
  std::shared_ptr<const Hdf5File> open(const Location& file);

  enum class Reopened { unchanged, anew, failed };
  /// Opens the file anew if it is not what it was when it was opened; if that fails, the old one is kept.
  Reopened reopenIfChanged(const Location& file);

  /// The object, in whatever file its links lead to. Nothing if there is none; throws Error if it is in a file that
  /// can't be found or opened.
  std::optional<Hdf5Place> find(std::shared_ptr<const Hdf5File> file, std::string object);

 private:
  Location opened_;
  RecentlyUsed<Location, const Hdf5File> open_;
};

/// The file that `stated` means, which is an absolute path or relative to `folder`. If it is not there, the file of
/// that name in one of `folders`, because files are moved about. Nothing if none of these is there.
std::optional<Location> findMovedFile(const Location& folder, std::string_view stated,
                                      const std::vector<Location>& folders);

}  // namespace volary
