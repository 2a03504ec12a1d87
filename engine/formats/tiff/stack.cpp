#include "formats/tiff/stack.h"

#include "base/error.h"

#include <algorithm>
#include <cmath>

namespace volary::tiff {

namespace {

/// How many smaller pages follow page `index`.
std::size_t countReducedAfter(PageList& pages, std::size_t index, std::size_t count) {
  std::size_t reduced = 0;
  while (index + reduced + 1 < count && pages.page(index + reduced + 1).isReduced) ++reduced;
  return reduced;
}

/// True if `smaller` is `larger` with fewer pixels.
bool isSmallerVersion(const PageFormat& larger, const PageFormat& smaller) {
  return smaller.voxelType == larger.voxelType && smaller.samples == larger.samples && smaller.depth == larger.depth &&
         smaller.width > 0 && smaller.height > 0 && smaller.width <= larger.width && smaller.height <= larger.height;
}

Smaller findSmaller(PageList& pages, const std::vector<std::size_t>& planes, std::size_t count, std::size_t& used) {
  const Page& first = pages.page(planes.front());
  if (!first.subDirectories.empty()) return Smaller::subDirectories;
  const std::size_t reduced = countReducedAfter(pages, planes.front(), count);
  if (reduced == 0 || !isSmallerVersion(*first.format, *pages.page(planes.front() + 1).format)) return Smaller::nowhere;
  for (const std::size_t plane : planes) {
    if (countReducedAfter(pages, plane, count) != reduced) return Smaller::nowhere;
    for (std::size_t level = 1; level <= reduced; ++level)
      if (!pages.page(plane + level).format->sameVoxels(*pages.page(planes.front() + level).format))
        return Smaller::nowhere;
  }
  used = reduced * planes.size();
  return Smaller::followingPages;
}

}  // namespace

StackPages findStackPages(PageList& pages, std::vector<std::string>& warnings) {
  const std::size_t count = pages.count();
  const Page& first = pages.page(0);
  StackPages stack;
  for (std::size_t i = 0; i < count; ++i) {
    const Page& page = pages.page(i);
    const bool isPlane = i == 0 || (!page.isReduced && !page.isMask);
    if (isPlane && page.format->sameVoxels(*first.format)) stack.planes.push_back(i);
  }
  std::size_t smallerPages = 0;
  stack.smaller = findSmaller(pages, stack.planes, count, smallerPages);
  const std::size_t others = count - stack.planes.size() - smallerPages;
  if (others > 0)
    warnings.push_back(fmt::format("{} of {} pages are left out: they differ from the first one in size or number type",
                                   others, count));
  return stack;
}

void setPixelSize(PageList& pages, const std::string& unit, ImageGroup& group) {
  constexpr std::uint64_t kCentimetre = 3;
  const Directory& directory = pages.firstDirectory();
  const File& file = pages.file();
  double scale = 1.0;
  group.unit = plainUnit(unit);
  if (unit.empty()) {
    if (findNumber(file, directory, kResolutionUnit) != kCentimetre) return;
    scale = 1e4;
    group.unit = "µm";
  }
  const auto sizeOf = [&](std::uint16_t tag) {
    const double pixelsPerUnit = findFraction(file, directory, tag).value_or(0.0);
    const double size = scale / pixelsPerUnit;
    return pixelsPerUnit > 0 && std::isfinite(size) ? std::optional(size) : std::nullopt;
  };
  const std::optional<double> x = sizeOf(kXResolution);
  const std::optional<double> y = sizeOf(kYResolution);
  if (!x && !y && unit.empty()) group.unit = "pixel";
  if (!x && !y) return;
  const double either = x ? *x : *y;
  group.voxelSize = dvec3(either, y.value_or(either), either);
}

std::int64_t countPlanesBehindFirst(PageList& pages, std::int64_t images) {
  const Page& page = pages.page(0);
  const PageFormat& format = *page.format;
  if (images <= 1 || format.compression != 1 || format.isTiled || format.planar != Planar::contiguous ||
      format.depth != 1)
    return 0;
  const std::shared_ptr<const SegmentTable> table = pages.segments(page);
  const auto rowBytes = static_cast<std::uint64_t>(format.segmentRowBytes());
  const std::uint64_t begin = table->offsets.front();
  for (std::size_t strip = 0; strip < table->offsets.size(); ++strip)
    if (table->offsets[strip] != begin + strip * static_cast<std::uint64_t>(format.segmentHeight) * rowBytes) return 0;
  const std::uint64_t planeBytes = rowBytes * static_cast<std::uint64_t>(format.height);
  const std::uint64_t size = pages.file().sizeBytes();
  if (begin == 0 || begin > size || static_cast<std::uint64_t>(images) > (size - begin) / planeBytes) return 0;
  // Another page in between has planes of its own.
  const std::uint64_t second = pages.secondDirectory();
  if (second != 0 && second < begin + static_cast<std::uint64_t>(images) * planeBytes) return 0;
  return images;
}

Layout makeStackLayout(PageList& pages) {
  Layout layout{.format = "TIFF", .opened = pages.file().location(), .files = {pages.file().location()}};
  const StackPages stack = findStackPages(pages, layout.warnings);
  const PageFormat& format = *pages.page(0).format;
  ImageGroup group{.planes = static_cast<std::int64_t>(stack.planes.size()) * format.depth,
                   .channels = channelsOfSamples(format),
                   .smaller = stack.smaller};
  setPixelSize(pages, "", group);
  makePlaces(group, pages.file().location().text());
  for (std::int64_t z = 0; z < group.planes; ++z)
    for (int sample = 0; sample < format.samples; ++sample)
      group.place(sample, 0, z) = {
          .file = 0,
          .page = static_cast<std::int32_t>(stack.planes[static_cast<std::size_t>(z / format.depth)]),
          .slice = static_cast<std::int32_t>(z % format.depth),
          .sample = sample};
  layout.groups.push_back(std::move(group));
  return layout;
}

}  // namespace volary::tiff
