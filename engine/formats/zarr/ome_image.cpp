#include "formats/zarr/ome_image.h"

#include "base/error.h"
#include "formats/arrays/level_factors.h"
#include "formats/arrays/stored_file.h"

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <optional>
#include <utility>

namespace volary::zarr {

namespace {

// Beyond this part of its own voxel a level that is not where its scale puts it is warned of.
constexpr double kMaxShift = 0.5;

/// Scale and translation of a level in x, y, z.
struct LevelPlace {
  dvec3 scale{1.0};
  dvec3 translation{0.0};
};

LevelPlace placeOf(const AxisTransform& transform, const arrays::AxisRoles& roles) {
  LevelPlace place;
  const int axes[] = {roles.x, roles.y, roles.z};
  for (int i = 0; i < 3; ++i) {
    if (axes[i] < 0) continue;
    place.scale[i] = transform.scale.at(static_cast<std::size_t>(axes[i]));
    place.translation[i] = transform.translation.at(static_cast<std::size_t>(axes[i]));
  }
  return place;
}

bool isSound(const LevelPlace& place) {
  for (int axis = 0; axis < 3; ++axis)
    if (!(place.scale[axis] > 0 && std::isfinite(place.scale[axis]) && std::isfinite(place.translation[axis])))
      return false;
  return true;
}

/// Opens the arrays of a multiscale image and learns where its levels are.
class Opener {
 public:
  Opener(OmeImage& image, const OmeMultiscale& multiscale) : image_(image), multiscale_(multiscale) {}

  void open() {
    for (const OmeLevel& level : multiscale_.levels) openLevel(level);
    if (image_.arrays.empty()) fail("none of its {} levels is there", multiscale_.levels.size());
    sortLevels();
    placeImage();
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
    const std::optional<Node> node = findNode(arrays::pathInside(image_.folder, level.path));
    if (!node || !node->isArray) {
      warn("there is no level {}", level.path);
      return;
    }
    std::shared_ptr<const arrays::StoredArray> array = openArray(*node).array;
    const arrays::ArrayLayout& layout = array->layout();
    if (image_.arrays.empty()) {
      image_.roles = findRoles(multiscale_.axes, layout.shape, image_.warnings);
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

  std::optional<LevelPlace> findPlace(std::size_t level) const {
    const std::optional<AxisTransform>& transform = levels_[level]->transform;
    if (!transform || transform->scale.size() != image_.arrays[level]->layout().shape.size()) return std::nullopt;
    const LevelPlace place = placeOf(*transform, image_.roles);
    return isSound(place) ? std::optional(place) : std::nullopt;
  }

  void placeImage() {
    const std::optional<LevelPlace> finest = findPlace(0);
    if (!finest && levels_[0]->transform) warn("the scale of its finest level is not sound; voxels of size 1 are assumed");
    const LevelPlace place = finest.value_or(LevelPlace{});
    image_.voxelSize = place.scale;
    image_.worldFromVoxel = glm::scale(glm::translate(dmat4(1.0), place.translation), place.scale);
    for (std::size_t level = 0; level < levels_.size(); ++level) {
      const std::optional<LevelPlace> own = finest ? findPlace(level) : std::nullopt;
      const dvec3 stated = own ? own->scale / place.scale : dvec3(0.0);
      const bool isUsable = own && arrays::isPlausibleFactor(stated, sizeOf(0), sizeOf(level));
      image_.factors.push_back(isUsable ? stated : arrays::guessFactor(sizeOf(0), sizeOf(level)));
      if (own && !isUsable)
        warn("the scale of level {} does not go with its size; it is placed by its size", levels_[level]->path);
      if (isUsable && level > 0 && levels_[level]->isTranslated) checkShift(level, *own, place);
    }
  }

  /// Levels share their corner here (voxel0 = factor * voxel + (factor - 1) / 2), whatever they state.
  void checkShift(std::size_t level, const LevelPlace& own, const LevelPlace& finest) {
    const dvec3 expected = finest.translation + 0.5 * (own.scale - finest.scale);
    const dvec3 shift = glm::abs(own.translation - expected) / own.scale;
    const double most = std::max({shift.x, shift.y, shift.z});
    if (most > kMaxShift + 1e-6)
      warn("level {} is translated by {:.3g} of its voxels against the finest level, which is not shown",
           levels_[level]->path, most);
  }

  OmeImage& image_;
  const OmeMultiscale& multiscale_;
  std::vector<const OmeLevel*> levels_;  ///< of image_.arrays
};

void takeUnit(OmeImage& image, const std::vector<OmeAxis>& axes) {
  const auto unitOf = [&](int axis) {
    return axis < 0 || static_cast<std::size_t>(axis) >= axes.size() ? "" : axes[static_cast<std::size_t>(axis)].unit;
  };
  const std::string unit = unitOf(image.roles.x);
  for (const int axis : {image.roles.y, image.roles.z})
    if (axis >= 0 && shortUnit(unitOf(axis)) != shortUnit(unit))
      image.warnings.push_back(
          fmt::format("its axes have different units; all are taken for {}", shortUnit(unit)));
  image.unit = shortUnit(unit);
}

}  // namespace

OmeImage openMultiscale(const Node& group) {
  return arrays::nameInErrors(group.folder, [&] {
    OmeImage image{.folder = group.folder};
    const nlohmann::json& attributes = omeAttributes(group);
    const OmeMultiscale multiscale = parseMultiscale(attributes, image.warnings);
    image.format = "OME-Zarr" + (multiscale.version.empty() ? "" : " " + multiscale.version);
    image.name = multiscale.name;
    image.channelInfo = parseChannels(attributes);
    Opener(image, multiscale).open();
    takeUnit(image, multiscale.axes);
    std::error_code error;
    if (std::filesystem::is_directory(group.folder / "labels", error))
      image.warnings.push_back("its labels are not shown");
    return image;
  });
}

OmeImage openSingleArray(const Node& array) {
  return arrays::nameInErrors(array.folder, [&] {
    OmeImage image{.folder = array.folder, .format = fmt::format("Zarr v{} array", array.version), .unit = "pixel"};
    image.name = array.folder.filename().string();
    OpenedArray opened = openArray(array);
    std::vector<OmeAxis> axes;
    if (std::ranges::all_of(opened.dimensionNames, [](const std::string& name) { return !name.empty(); }))
      for (const std::string& name : opened.dimensionNames) axes.push_back({.name = name, .type = {}, .unit = {}});
    image.roles = findRoles(axes, opened.array->layout().shape, image.warnings);
    image.channels = extentOf(opened.array->layout(), image.roles.channel);
    image.timepoints = extentOf(opened.array->layout(), image.roles.time);
    image.arrays.push_back(std::move(opened.array));
    image.factors.push_back(dvec3(1.0));
    image.warnings.push_back("this is a single array without multiscale metadata: there are no coarser levels");
    return image;
  });
}

arrays::ArrayImage makeArrayImage(const OmeImage& image, std::int64_t channel, std::int64_t time) {
  return arrays::nameInErrors(image.folder, [&] {
    arrays::ArrayImage made;
    made.pyramid.voxelType = image.arrays.front()->layout().voxelType;
    for (std::size_t level = 0; level < image.arrays.size(); ++level) {
      made.levels.emplace_back(image.arrays[level], image.roles, channel, time);
      made.pyramid.levels.push_back(made.levels.back().info(image.factors[level]));
    }
    return made;
  });
}

}  // namespace volary::zarr
