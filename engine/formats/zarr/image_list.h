#pragma once

#include "formats/zarr/ome_image.h"
#include "storage/location.h"

#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace volary::zarr {

/// The images of a file, each opened when it is first asked for. Any thread once all have been added.
class ImageList {
 public:
  void add(Location folder, std::string name);

  std::size_t size() const { return entries_.size(); }
  const std::string& name(std::size_t image) const { return entries_[image].name; }

  /// Throws Error, one sentence with the folder's name, if there is no such image.
  const arrays::MultiscaleImage& open(std::size_t image);

 private:
  struct Entry {
    Location folder;
    std::string name;
    std::mutex mutex;
    std::optional<arrays::MultiscaleImage> image;  ///< set once, then never changed
  };
  std::deque<Entry> entries_;  // a deque: entries with a mutex can't be moved
};

}  // namespace volary::zarr
