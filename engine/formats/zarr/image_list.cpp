#include "formats/zarr/image_list.h"

#include "base/error.h"
#include "storage/location.h"

#include <algorithm>
#include <utility>

namespace volary::zarr {

void ImageList::add(Location folder, std::string name) {
  Entry& entry = entries_.emplace_back();
  entry.folder = std::move(folder);
  entry.name = std::move(name);
}

const arrays::MultiscaleImage& ImageList::open(std::size_t image) {
  Entry& entry = entries_.at(image);
  const std::lock_guard lock(entry.mutex);
  if (!entry.image) {
    const std::optional<Node> node = findNode(entry.folder);
    if (!node) fail("{}: there is no image", entry.folder.text());
    entry.image = node->isArray ? openSingleArray(*node) : openMultiscale(*node);
  }
  return *entry.image;
}

}  // namespace volary::zarr
