#include "render/scene_lists.h"

#include "pyramid/level_transform.h"
#include "render/overlay.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace volary {

namespace {

/// The corners of an image in world space, a little outside of it: the shaders compute in single precision, and a pixel
/// of a thick slice shows what is up to half its thickness away.
std::array<dvec3, 8> cornersOf(const DrawInput& image, const ViewRegion& region) {
  const dvec3 size = fullSizeVoxels(*image.pyramid);
  const dmat4 worldFromEdgeSpace = worldFromEdge(image.worldFromVoxel);
  dvec3 margin(1e-2 + 1e-6 * std::max({size.x, size.y, size.z}));
  if (region.kind == RegionKind::volume && region.slabWorld > 0.0) {
    const glm::dmat3 edgeFromWorldRows = glm::transpose(glm::inverse(glm::dmat3(worldFromEdgeSpace)));
    for (int axis = 0; axis < 3; ++axis) margin[axis] += 0.5 * region.slabWorld * glm::length(edgeFromWorldRows[axis]);
  }
  std::array<dvec3, 8> corners;
  for (int i = 0; i < 8; ++i) {
    const dvec3 edge(i & 1 ? size.x + margin.x : -margin.x, i & 2 ? size.y + margin.y : -margin.y,
                     i & 4 ? size.z + margin.z : -margin.z);
    corners[static_cast<std::size_t>(i)] = transformPoint(worldFromEdgeSpace, edge);
  }
  return corners;
}

bool isOutside(const std::array<dvec3, 8>& corners, std::span<const dvec4> planes) {
  return std::ranges::any_of(planes, [&](const dvec4& plane) {
    return std::ranges::all_of(corners, [&](const dvec3& p) { return glm::dot(dvec3(plane), p) + plane.w < 0.0; });
  });
}

/// A rectangle that holds all pixels that the image can cover.
PixelRect coveredPx(const std::array<dvec3, 8>& corners, const dmat4& clipFromWorldSpace, const ViewRegion& region) {
  const PixelRect whole{region.offsetPx, region.offsetPx + region.sizePx};
  dvec2 least(2.0), most(-2.0);
  for (const dvec3& corner : corners) {
    const dvec4 clip = clipFromWorldSpace * dvec4(corner, 1.0);
    if (clip.w <= 0.0) return whole;  // reaches behind the eye
    const dvec2 at = glm::clamp(dvec2(clip) / clip.w, -2.0, 2.0);
    least = glm::min(least, at);
    most = glm::max(most, at);
  }
  const dvec2 half = 0.5 * dvec2(region.sizePx);
  const ivec2 begin(glm::floor((least + 1.0) * half));
  const ivec2 end(glm::ceil((most + 1.0) * half));
  return intersect(whole, {region.offsetPx + begin - 1, region.offsetPx + end + 1});
}

}  // namespace

std::span<const std::uint32_t> SceneLists::ofTile(const ivec2& tile) const {
  const std::uint32_t list =
      words[static_cast<std::size_t>(tile.y) * params.tilesPerRow + static_cast<std::size_t>(tile.x)];
  return std::span(words).subspan(list + 1, words[list]);
}

SceneLists makeSceneLists(const ViewRegion& region, const PixelRect& drawn, std::span<const DrawInput> images) {
  constexpr int kTile = static_cast<int>(shared::kSceneTile);
  const ivec2 tiles = (drawn.end - drawn.begin + kTile - 1) / kTile;
  const auto tileCount = static_cast<std::size_t>(tiles.x) * static_cast<std::size_t>(tiles.y);
  FrameVector<FrameVector<std::uint32_t>> lists(tileCount);

  const dmat4 clipFromWorldSpace = clipFromWorld(region);
  const std::array<dvec4, 6> planes = regionPlanes(region);
  for (std::uint32_t i = 0; i < images.size(); ++i) {
    const std::array<dvec3, 8> corners = cornersOf(images[i], region);
    if (isOutside(corners, planes) || isOutside(corners, region.clip)) continue;
    const PixelRect rect = intersect(coveredPx(corners, clipFromWorldSpace, region), drawn);
    if (isEmpty(rect)) continue;
    const ivec2 begin = (rect.begin - drawn.begin) / kTile, end = (rect.end - drawn.begin + kTile - 1) / kTile;
    for (int y = begin.y; y < end.y; ++y)
      for (int x = begin.x; x < end.x; ++x)
        lists[static_cast<std::size_t>(y) * static_cast<std::size_t>(tiles.x) + static_cast<std::size_t>(x)].push_back(
            i);
  }

  SceneLists result;
  result.params = {.tilesBeginPx = drawn.begin, .tilesPerRow = static_cast<std::uint32_t>(tiles.x), .blend = 0};
  result.words.resize(tileCount);
  for (std::size_t tile = 0; tile < tileCount; ++tile) {
    result.words[tile] = static_cast<std::uint32_t>(result.words.size());
    result.words.push_back(static_cast<std::uint32_t>(lists[tile].size()));
    result.words.insert(result.words.end(), lists[tile].begin(), lists[tile].end());
  }
  return result;
}

}  // namespace volary
