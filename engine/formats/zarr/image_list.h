#pragma once

#include "formats/zarr/ome_image.h"
#include "pyramid/source.h"

#include <deque>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace volary::zarr {

/// The images of a file, each opened when it is first asked for. Any thread once all have been added.
class ImageList {
 public:
  void add(std::filesystem::path folder, std::string name);

  std::size_t size() const { return entries_.size(); }
  const std::string& name(std::size_t image) const { return entries_[image].name; }

  /// Throws Error, one sentence with the folder's name, if there is no such image.
  const OmeImage& open(std::size_t image);

 private:
  struct Entry {
    std::filesystem::path folder;
    std::string name;
    std::mutex mutex;
    std::optional<OmeImage> image;   ///< set once, then never changed
  };
  std::deque<Entry> entries_;  // a deque: entries with a mutex can't be moved
};

/// Which channel of which image a setup shows.
struct SetupPlace {
  std::size_t image = 0;
  std::int64_t channel = 0;
};

/// Adds one setup a channel of `image`; those of time points that it lacks are not present. `prefix` begins their names
/// where there are several images. `places` gets one element a setup. Throws Error if there are absurdly many.
void addSetups(Dataset& dataset, std::vector<SetupPlace>& places, std::size_t imageIndex, const OmeImage& image,
               const std::string& prefix);

}  // namespace volary::zarr
