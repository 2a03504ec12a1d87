#pragma once

#include "formats/arrays/array_level.h"
#include "pyramid/source.h"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace volary::arrays {

/// One image: what it shows, and where its levels are. The two lists of levels run in parallel.
struct ArrayImage {
  ImagePyramid pyramid;
  std::vector<ArrayLevel> levels;
};

/// Opens one image of the dataset; called from any thread, once for each image or, if threads meet, a few times. Throws
/// Error, one sentence with a file's name.
using OpenArrayImage = std::function<ArrayImage(ImageId)>;

/// A source of images whose levels are stored arrays; `files` is what its files() says. An image is opened when it is
/// first asked for.
std::unique_ptr<Source> makeArraySource(Dataset dataset, std::vector<Location> files, OpenArrayImage open);

}  // namespace volary::arrays
