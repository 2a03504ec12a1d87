#include "formats/zarr/ome_image.h"

#include "base/error.h"
#include "formats/arrays/level_places.h"
#include "formats/zarr/ome_metadata.h"
#include "storage/location.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

namespace volary::zarr {

namespace {

/// Nothing if the level states no transform, or not one of its axes.
std::optional<arrays::LevelPlace> findPlace(const OmeLevel& level, const arrays::AxisRoles& roles, std::size_t rank) {
  if (!level.transform || level.transform->scale.size() != rank) return std::nullopt;
  arrays::LevelPlace place{.isTranslated = level.isTranslated};
  const int axes[] = {roles.x, roles.y, roles.z};
  for (int i = 0; i < 3; ++i) {
    if (axes[i] < 0) continue;
    place.scale[i] = level.transform->scale[static_cast<std::size_t>(axes[i])];
    place.translation[i] = level.transform->translation[static_cast<std::size_t>(axes[i])];
  }
  return place;
}

/// Opens the arrays of a multiscale image and learns where its levels are.
class Opener {
 public:
  Opener(arrays::MultiscaleImage& image, const OmeMultiscale& multiscale) : image_(image), multiscale_(multiscale) {}

  void open() {
    for (const OmeLevel& level : multiscale_.levels) openLevel(level);
    if (image_.arrays.empty()) fail("none of its {} levels is there", multiscale_.levels.size());
    sortLevels();
    std::vector<arrays::LevelDescription> described;
    for (std::size_t i = 0; i < levels_.size(); ++i)
      described.push_back(
          {levels_[i]->path, findPlace(*levels_[i], image_.roles, image_.arrays[i]->layout().shape.size())});
    placeLevels(image_, described);
    const arrays::ArrayLayout& finest = image_.arrays.front()->layout();
    image_.channels = extentOf(finest, image_.roles.channel);
    image_.timepoints = extentOf(finest, image_.roles.time);
  }

 private:
  template <typename... Args>
  void warn(fmt::format_string<Args...> sentence, Args&&... args) {
    image_.warnings.push_back(fmt::format(sentence, std::forward<Args>(args)...));
  }

  void openLevel(const OmeLevel& level) {
    const std::optional<Node> node = findNode(image_.folder.inside(level.path));
    if (!node || !node->isArray) {
      warn("there is no level {}", level.path);
      return;
    }
    std::shared_ptr<const arrays::StoredArray> array = openArray(*node).array;
    const arrays::ArrayLayout& layout = array->layout();
    if (image_.arrays.empty()) {
      image_.roles = arrays::findRoles(multiscale_.axes, layout.shape, image_.warnings);
    } else if (!agrees(layout, image_.arrays.front()->layout())) {
      warn("level {} is left out: its type of values, channels or time points are not those of the first", level.path);
      return;
    }
    image_.arrays.push_back(std::move(array));
    levels_.push_back(&level);
  }

  bool agrees(const arrays::ArrayLayout& layout, const arrays::ArrayLayout& first) const {
    return layout.shape.size() == first.shape.size() && layout.voxelType == first.voxelType &&
           extentOf(layout, image_.roles.channel) == extentOf(first, image_.roles.channel) &&
           extentOf(layout, image_.roles.time) == extentOf(first, image_.roles.time);
  }

  i64vec3 sizeOf(std::size_t level) const { return volumeSize(image_.arrays[level]->layout(), image_.roles); }

  /// The specification wants the finest first.
  void sortLevels() {
    std::vector<std::size_t> order(image_.arrays.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto voxels = [&](std::size_t level) {
      const dvec3 size(sizeOf(level));
      return size.x * size.y * size.z;
    };
    std::ranges::stable_sort(order, [&](std::size_t a, std::size_t b) { return voxels(a) > voxels(b); });
    if (std::ranges::is_sorted(order)) return;
    warn("its levels are not listed from fine to coarse; they are shown in that order");
    std::vector<std::shared_ptr<const arrays::StoredArray>> arrays;
    std::vector<const OmeLevel*> levels;
    for (const std::size_t i : order) {
      arrays.push_back(image_.arrays[i]);
      levels.push_back(levels_[i]);
    }
    image_.arrays = std::move(arrays);
    levels_ = std::move(levels);
  }

  arrays::MultiscaleImage& image_;
  const OmeMultiscale& multiscale_;
  std::vector<const OmeLevel*> levels_;  ///< of image_.arrays
};

void takeUnit(arrays::MultiscaleImage& image, const std::vector<arrays::NamedAxis>& axes) {
  const auto unitOf = [&](int axis) {
    return axis < 0 || static_cast<std::size_t>(axis) >= axes.size() ? "" : axes[static_cast<std::size_t>(axis)].unit;
  };
  const std::string unit = unitOf(image.roles.x);
  for (const int axis : {image.roles.y, image.roles.z})
    if (axis >= 0 && arrays::shortUnit(unitOf(axis)) != arrays::shortUnit(unit))
      image.warnings.push_back(
          fmt::format("its axes have different units; all are taken for {}", arrays::shortUnit(unit)));
  image.unit = arrays::shortUnit(unit);
}

}  // namespace

arrays::MultiscaleImage openMultiscale(const Node& group) {
  return nameInErrors(group.folder, [&] {
    arrays::MultiscaleImage image{.folder = group.folder};
    const nlohmann::json& attributes = omeAttributes(group);
    const OmeMultiscale multiscale = parseMultiscale(attributes, image.warnings);
    image.format = "OME-Zarr" + (multiscale.version.empty() ? "" : " " + multiscale.version);
    image.name = multiscale.name;
    image.channelInfo = parseChannels(attributes);
    Opener(image, multiscale).open();
    takeUnit(image, multiscale.axes);
    if ((group.folder / "labels").isFolder()) image.warnings.emplace_back("its labels are not shown");
    return image;
  });
}

arrays::MultiscaleImage openSingleArray(const Node& array) {
  return nameInErrors(array.folder, [&] {
    arrays::MultiscaleImage image{
        .folder = array.folder, .format = fmt::format("Zarr v{} array", array.version), .unit = "pixel"};
    image.name = array.folder.name();
    OpenedArray opened = openArray(array);
    std::vector<arrays::NamedAxis> axes;
    if (std::ranges::all_of(opened.dimensionNames, [](const std::string& name) { return !name.empty(); }))
      for (const std::string& name : opened.dimensionNames) axes.push_back({.name = name, .type = {}, .unit = {}});
    image.roles = arrays::findRoles(axes, opened.array->layout().shape, image.warnings);
    image.channels = extentOf(opened.array->layout(), image.roles.channel);
    image.timepoints = extentOf(opened.array->layout(), image.roles.time);
    image.arrays.push_back(std::move(opened.array));
    image.factors.push_back(dvec3(1.0));
    image.warnings.emplace_back("this is a single array without multiscale metadata: there are no coarser levels");
    return image;
  });
}

}  // namespace volary::zarr
