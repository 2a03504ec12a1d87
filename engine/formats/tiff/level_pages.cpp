#include "formats/tiff/level_pages.h"

#include "base/error.h"
#include "formats/tiff/plane_reader.h"
#include "pyramid/level_factors.h"

#include <optional>

namespace volary::tiff {

namespace {

// In a set whose first files are missing, this many are tried.
constexpr int kMaxTries = 16;

/// The page of a plane at full resolution.
const Page& findFullPage(PageList& pages, const Layout& layout, const PlanePlace& place) {
  if (layout.planesBehindFirstPage > 0) return pages.firstPageOfPlanes(layout.planesBehindFirstPage);
  return pages.page(static_cast<std::size_t>(place.page));
}

/// Nothing if the plane has no such level.
const Page* findPage(PageList& pages, const Layout& layout, const ImageGroup& group, const PlanePlace& place,
                     int level) {
  const Page& full = findFullPage(pages, layout, place);
  if (level == 0) return &full;
  if (group.smaller == Smaller::subDirectories) return pages.findSmallerPage(full, level);
  if (group.smaller == Smaller::nowhere) return nullptr;
  const auto index = static_cast<std::size_t>(place.page + level);
  if (index >= pages.count() || !pages.page(index).isReduced) return nullptr;
  return &pages.page(index);
}

/// The first plane that is in a file that can be opened.
struct FirstPlane {
  const PlanePlace* place = nullptr;
  std::shared_ptr<PageList> pages;
};

FirstPlane openFirstPlane(FileSet& files, const Layout& layout, const ImageGroup& group) {
  std::optional<Error> reason;
  int tries = 0;
  std::int32_t last = -1;
  for (const PlanePlace& place : group.places) {
    if (place.file < 0 || place.file == last) continue;
    if (++tries > kMaxTries) break;
    last = place.file;
    try {
      return {&place, files.open(static_cast<std::size_t>(place.file))};
    } catch (const Error& error) {
      if (!reason) reason = error;
    }
  }
  if (reason) throw Error(*reason);
  fail("{}: none of its planes is in a file", layout.opened.text());
}

/// True if a page may be the next level below another.
bool isNextLevel(const PageFormat& finer, const PageFormat& coarser) {
  return coarser.voxelType && coarser.voxelType == finer.voxelType && coarser.samples == finer.samples &&
         coarser.width > 0 && coarser.height > 0 && coarser.width <= finer.width && coarser.height <= finer.height &&
         (coarser.width < finer.width || coarser.height < finer.height);
}

}  // namespace

GroupLevels readGroupLevels(FileSet& files, const Layout& layout, const ImageGroup& group) {
  const FirstPlane first = openFirstPlane(files, layout, group);
  const File& file = first.pages->file();
  GroupLevels levels;
  for (int level = 0; level < kMaxLevels; ++level) {
    const Page* const page = findPage(*first.pages, layout, group, *first.place, level);
    if (!page) break;
    const PageFormat& format = *page->format;
    if (level == 0) {
      requireSupported(file, format);
      if (group.sizeX > 0 && (format.width != group.sizeX || format.height != group.sizeY))
        fail("{}: its OME-XML says {} x {} pixels, the page has {} x {}", file.location().text(), group.sizeX,
             group.sizeY, format.width, format.height);
      levels.pyramid.voxelType = *format.voxelType;
    } else if (!isNextLevel(*levels.formats.back(), format)) {
      break;
    }
    const i64vec3 size(format.width, format.height, group.planes);
    const i64vec3 full = level == 0 ? size : levels.pyramid.levels.front().sizeVoxels;
    try {
      levels.pyramid.levels.push_back({.sizeVoxels = size,
                                       .factor = guessFactor(full, size),
                                       .chunkVoxels = planChunk(format),
                                       .codec = format.codec(),
                                       .bytesStored = std::nullopt});
    } catch (const Error& error) {
      fail("{}: {}", file.location().text(), error.what());
    }
    levels.formats.push_back(page->format);
  }
  return levels;
}

HeldPage findLevelPage(FileSet& files, const Layout& layout, const ImageGroup& group, const GroupLevels& levels,
                       const PlanePlace& place, int level) {
  HeldPage held{.pages = files.open(static_cast<std::size_t>(place.file))};
  held.page = findPage(*held.pages, layout, group, place, level);
  const std::string file = held.pages->file().location().text();
  if (!held.page) fail("{}: page {} has no level {}, as the first one has", file, place.page, level);
  const PageFormat& format = *held.page->format;
  if (held.page->format == levels.formats[static_cast<std::size_t>(level)]) return held;
  requireSupported(held.pages->file(), format);
  const LevelInfo& info = levels.pyramid.levels[static_cast<std::size_t>(level)];
  if (format.width != info.sizeVoxels.x || format.height != info.sizeVoxels.y ||
      format.voxelType != levels.pyramid.voxelType)
    fail("{}: page {} is {} x {} of {}, the first one of the stack is {} x {} of {}", file, place.page, format.width,
         format.height, voxelTypeName(*format.voxelType), info.sizeVoxels.x, info.sizeVoxels.y,
         voxelTypeName(levels.pyramid.voxelType));
  if (place.sample >= format.samples || place.slice >= format.depth)
    fail("{}: page {} has {} samples a pixel and {} planes, too few for its place in the stack", file, place.page,
         format.samples, format.depth);
  return held;
}

}  // namespace volary::tiff
