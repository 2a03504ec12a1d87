#pragma once

#include "formats/tiff/file_set.h"
#include "formats/tiff/layout.h"
#include "pyramid/dataset.h"

#include <cstdint>
#include <memory>
#include <vector>

namespace volary::tiff {

/// A page, and the list that keeps it alive.
struct HeldPage {
  std::shared_ptr<PageList> pages;
  const Page* page = nullptr;
};

/// The levels of the images of a group. All planes of the group are expected to be like the first one.
struct GroupLevels {
  ImagePyramid pyramid;
  std::vector<std::shared_ptr<const PageFormat>> formats;  ///< of the first plane's page, one for each level
};

/// Reads the first plane's pages. Throws Error if no file of the group can be opened, or its planes can't be shown.
GroupLevels readGroupLevels(FileSet& files, const Layout& layout, const ImageGroup& group);

/// The page that holds a level of a plane. Throws Error if it is not there, or not what `levels` expects.
HeldPage findLevelPage(FileSet& files, const Layout& layout, const ImageGroup& group, const GroupLevels& levels,
                       const PlanePlace& place, int level);

}  // namespace volary::tiff
