#include "formats/hdf5_image/hdf5_volume_source.h"

#include "base/error.h"
#include "formats/hdf5_image/hdf5_image_source.h"

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>
#include <utility>

namespace volary {

namespace {

// Far beyond what people keep in one file; they end a walk through groups that are linked in a circle.
constexpr int kMaxDepth = 12;
constexpr std::size_t kMaxObjects = 20'000;
constexpr std::size_t kMaxNamedInWarning = 5;

/// The 3-D datasets of a file, and what else was met.
class Finder {
 public:
  explicit Finder(const Hdf5File& file) : file_(file) { walk("", 0); }

  std::vector<std::string> volumes;
  std::vector<std::string> ignored;

 private:
  void walk(const std::string& group, int depth) {
    for (const std::string& name : file_.children(group.empty() ? "/" : group, kMaxObjects)) {
      if (++visited_ > kMaxObjects)
        fail("{}: more than {} objects are absurd here", file_.location().text(), kMaxObjects);
      visit(group.empty() ? name : group + "/" + name, depth);
    }
  }

  void visit(const std::string& object, int depth) {
    if (!file_.exists(object)) return;  // a link that leads nowhere, or into another file
    if (!file_.children(object, kMaxObjects).empty()) {
      if (depth < kMaxDepth) walk(object, depth + 1);
      return;
    }
    try {
      file_.openDataset(object);
      volumes.push_back(object);
    } catch (const Error&) {
      ignored.push_back(object);  // an empty group, or a dataset of another shape
    }
  }

  const Hdf5File& file_;
  std::size_t visited_ = 0;
};

/// Absent if there is none, or it is nonsense.
std::optional<dvec3> findVoxelSize(const Hdf5File& file, const std::string& object) {
  const std::vector<double> zyx = file.findNumbersAttribute(object, "element_size_um", 3);
  if (zyx.size() != 3 || !std::ranges::all_of(zyx, [](double v) { return std::isfinite(v) && v > 0.0; }))
    return std::nullopt;
  return dvec3(zyx[2], zyx[1], zyx[0]);
}

Dataset listVolumes(const Location& path) {
  const Hdf5File file(path);
  const Finder found(file);
  if (found.volumes.empty())
    fail(
        "{}: this HDF5 file holds no volume: neither BigDataViewer's layout (t00000/s00), nor Imaris', nor any other 3-D "
        "dataset of numbers",
        path.text());
  Dataset dataset{.format = "hdf5", .location = path.text(), .timepoints = {0}, .setups = {}, .warnings = {}};
  for (const std::string& object : found.volumes) {
    const std::optional<dvec3> voxelSize = findVoxelSize(file, object);
    dataset.setups.push_back({.id = static_cast<int>(dataset.setups.size()),
                              .name = object,
                              .voxelSize = voxelSize.value_or(dvec3(1.0)),
                              .unit = voxelSize ? "um" : "pixel",
                              .worldFromVoxel = {glm::scale(dmat4(1.0), voxelSize.value_or(dvec3(1.0)))},
                              .present = {true}});
  }
  dataset.warnings.emplace_back(
      "this is no layout that Volary knows: each 3-D dataset is shown as an image of its own");
  if (!found.ignored.empty()) {
    const std::size_t named = std::min(found.ignored.size(), kMaxNamedInWarning);
    dataset.warnings.push_back(
        fmt::format("ignored, since they are no 3-D datasets of numbers: {}{}",
                    fmt::join(found.ignored.begin(), found.ignored.begin() + static_cast<std::ptrdiff_t>(named), ", "),
                    found.ignored.size() > named ? " ..." : ""));
  }
  return dataset;
}

class Hdf5VolumeSource final : public Hdf5ImageSource {
 public:
  Hdf5VolumeSource(Dataset dataset, const Location& file) : Hdf5ImageSource(std::move(dataset), file) {}

 private:
  Hdf5Image readImage(ImageId id) override {
    const Hdf5Place place{.file = openFiles().open(opened()), .object = dataset().setups[id.setup].name};
    const Hdf5Dataset voxels = place.file->openDataset(place.object);
    Hdf5Image image;
    image.pyramid.voxelType = voxels.info().storedType;
    image.add(describeHdf5Level(place, voxels.info(), image.pyramid.voxelType), dvec3(1.0));
    return image;
  }
};

}  // namespace

std::unique_ptr<Source> openHdf5Volumes(const Location& file) {
  return std::make_unique<Hdf5VolumeSource>(listVolumes(file), file);
}

}  // namespace volary
