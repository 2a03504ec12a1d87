#include "formats/synthetic/synthetic_source.h"

#include "base/error.h"
#include "formats/synthetic/analytic_fields.h"
#include "formats/synthetic/embryo_field.h"
#include "formats/synthetic/options.h"
#include "storage/location.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace volary {
namespace {

// 2^30 voxels along an axis keep every voxel index exact in a double and every brick index in 32 bits.
constexpr std::int64_t kMaxSize = std::int64_t{1} << 30;
// Voxel counts must not overflow 64 bits.
constexpr double kMaxVoxels = 9.0e18;
constexpr std::int64_t kMaxChunk = 512;
// Every image has a transform in memory.
constexpr std::int64_t kMaxImages = 1'000'000;
// If the number of levels is not stated, there are levels until no axis is longer than this.
constexpr std::int64_t kCoarsestSize = 32;

// Writes float values as voxels: rounded half up and cut to the type's range.
void storeRow(VoxelType type, const float* values, std::int64_t count, std::byte* out) {
  const auto store = [&]<typename T>(T) {
    constexpr float kMax = static_cast<float>(std::numeric_limits<T>::max());
    for (std::int64_t i = 0; i < count; ++i) {
      const float rounded = std::floor(values[i] + 0.5f);
      // With the comparison in this form, a difference of two infinities (NaN) becomes 0.
      const T voxel = static_cast<T>(rounded > 0.0f ? (rounded > kMax ? kMax : rounded) : 0.0f);
      std::memcpy(out + i * static_cast<std::int64_t>(sizeof(T)), &voxel, sizeof(T));
    }
  };
  if (type == VoxelType::uint8)
    store(std::uint8_t{});
  else if (type == VoxelType::uint16)
    store(std::uint16_t{});
  else
    std::memcpy(out, values, static_cast<std::size_t>(count) * sizeof(float));
}

class SyntheticSource final : public Source {
 public:
  SyntheticSource(Dataset dataset, ImagePyramid pyramid, std::unique_ptr<Field> field)
      : dataset_(std::move(dataset)), pyramid_(std::move(pyramid)), field_(std::move(field)) {}

  const Dataset& dataset() const override { return dataset_; }
  std::vector<Location> files() override { return {}; }
  const ImagePyramid& pyramid(ImageId) override { return pyramid_; }
  std::uint64_t countBytesStored(ImageId, int) override { return 0; }
  RawChunk readChunk(const ChunkKey&) override { return {.bytes = {}, .filterMask = 0, .stored = true}; }

  void decodeChunk(const ChunkKey& key, const RawView&, std::span<std::byte> voxels, DecodeScratch&) override {
    const LevelInfo& level = pyramid_.levels.at(static_cast<std::size_t>(key.level));
    const i64vec3 begin = key.chunk * i64vec3(level.chunkVoxels);
    const i64vec3 end = begin + i64vec3(level.chunkVoxels);
    float values[kFieldTileVoxels];
    FieldTile tile{.image = key.image, .factor = level.factor, .begin = i64vec3(0)};
    const i64vec3 first = begin / std::int64_t{kFieldTile} * std::int64_t{kFieldTile};
    for (tile.begin.z = first.z; tile.begin.z < end.z; tile.begin.z += kFieldTile)
      for (tile.begin.y = first.y; tile.begin.y < end.y; tile.begin.y += kFieldTile)
        for (tile.begin.x = first.x; tile.begin.x < end.x; tile.begin.x += kFieldTile) {
          if (tile.begin.x >= level.sizeVoxels.x || tile.begin.y >= level.sizeVoxels.y ||
              tile.begin.z >= level.sizeVoxels.z)
            std::fill_n(values, kFieldTileVoxels, 0.0f);
          else
            field_->evaluateTile(tile, values);
          copyTile(tile.begin, values, begin, end, voxels);
        }
  }

 private:
  // Copies what tile and chunk have in common.
  void copyTile(const i64vec3& tile, const float* values, const i64vec3& begin, const i64vec3& end,
                std::span<std::byte> voxels) const {
    const i64vec3 low = glm::max(tile, begin);
    const i64vec3 high = glm::min(tile + std::int64_t{kFieldTile}, end);
    const i64vec3 chunk = end - begin;
    const auto bytes = static_cast<std::int64_t>(voxelBytes(pyramid_.voxelType));
    for (std::int64_t z = low.z; z < high.z; ++z)
      for (std::int64_t y = low.y; y < high.y; ++y) {
        const float* from = values + ((z - tile.z) * kFieldTile + (y - tile.y)) * kFieldTile + (low.x - tile.x);
        const std::int64_t to = ((z - begin.z) * chunk.y + (y - begin.y)) * chunk.x + (low.x - begin.x);
        storeRow(pyramid_.voxelType, from, high.x - low.x, voxels.data() + to * bytes);
      }
  }

  Dataset dataset_;
  ImagePyramid pyramid_;
  std::unique_ptr<Field> field_;
};

// What all fields have in common.
struct Layout {
  i64vec3 sizeVoxels{256};
  dvec3 voxelSizeUm{1.0};
  std::optional<int> levels;
  int setups = 1;
  int timepoints = 1;
  VoxelType type = VoxelType::uint16;
};

Layout takeLayout(SyntheticOptions& options, Layout layout) {
  if (const auto size = options.takeCounts("size", 1, kMaxSize)) {
    layout.sizeVoxels = *size;
    layout.levels.reset();
  }
  const dvec3 size(layout.sizeVoxels);
  if (size.x * size.y * size.z > kMaxVoxels) fail("{}: size has more than 9 * 10^18 voxels", options.location());
  layout.voxelSizeUm = options.takeNumbers("voxelsize").value_or(layout.voxelSizeUm);
  for (int axis = 0; axis < 3; ++axis)
    if (!(layout.voxelSizeUm[axis] >= 1e-6 && layout.voxelSizeUm[axis] <= 1e6))
      fail("{}: voxelsize must be from 1e-6 to 1e6 um", options.location());
  layout.timepoints = static_cast<int>(options.takeInteger("timepoints", 1, 100000).value_or(1));
  if (const auto levels = options.takeInteger("levels", 1, 31)) layout.levels = static_cast<int>(*levels);
  return layout;
}

ImagePyramid makePyramid(SyntheticOptions& options, const Layout& layout) {
  const i64vec3 step = options.takeCounts("factor", 1, 16).value_or(i64vec3(2));
  const ivec3 chunk(options.takeCounts("chunk", 1, kMaxChunk).value_or(i64vec3(32)));
  if (step == i64vec3(1) && layout.levels.value_or(2) > 1)
    fail("{}: factor must be more than 1 along some axis", options.location());
  ImagePyramid pyramid{.voxelType = layout.type, .levels = {}};
  i64vec3 factor(1);
  for (;;) {
    const i64vec3 size = (layout.sizeVoxels + factor - std::int64_t{1}) / factor;
    pyramid.levels.push_back(
        {.sizeVoxels = size, .factor = dvec3(factor), .chunkVoxels = chunk, .codec = "computed", .bytesStored = 0});
    const auto count = static_cast<int>(pyramid.levels.size());
    const bool enough = layout.levels ? count == *layout.levels : std::max({size.x, size.y, size.z}) <= kCoarsestSize;
    if (enough || count == 31) return pyramid;
    for (int axis = 0; axis < 3; ++axis)
      if (size[axis] > 1 || layout.levels) factor[axis] = std::min(factor[axis] * step[axis], kMaxSize);
  }
}

Dataset makeDataset(const SyntheticOptions& options, const Layout& layout) {
  if (std::int64_t{layout.setups} * layout.timepoints > kMaxImages)
    fail("{}: {} setups at {} time points are more than {} images", options.location(), layout.setups,
         layout.timepoints, kMaxImages);
  Dataset dataset{
      .format = "synthetic", .location = options.location(), .timepoints = {}, .setups = {}, .warnings = {}};
  for (int t = 0; t < layout.timepoints; ++t) dataset.timepoints.push_back(t);
  dmat4 worldFromVoxel(1.0);
  for (int axis = 0; axis < 3; ++axis) worldFromVoxel[axis][axis] = layout.voxelSizeUm[axis];
  const auto timepoints = static_cast<std::size_t>(layout.timepoints);
  for (int s = 0; s < layout.setups; ++s)
    dataset.setups.push_back({.id = s,
                              .name = layout.setups > 1 ? fmt::format("{} {}", options.name(), s) : options.name(),
                              .voxelSize = layout.voxelSizeUm,
                              .unit = "µm",
                              .worldFromVoxel = std::vector<dmat4>(timepoints, worldFromVoxel),
                              .present = std::vector<bool>(timepoints, true),
                              .displayRange = std::nullopt,
                              .displayColour = std::nullopt});
  return dataset;
}

std::unique_ptr<Source> openEmbryo(SyntheticOptions& options) {
  const EmbryoRecipe recipe = builtInEmbryoRecipe();
  const Layout layout = takeLayout(
      options,
      {.sizeVoxels = recipe.sizeVoxels, .voxelSizeUm = recipe.voxelSizeUm, .levels = recipe.levels, .setups = 2});
  ImagePyramid pyramid = makePyramid(options, layout);
  options.expectNoneLeft();
  Dataset dataset = makeDataset(options, layout);
  dataset.setups[0].name = "membranes";
  dataset.setups[0].displayRange = ValueRange{100, 900};
  dataset.setups[0].displayColour = dvec3(0.25, 0.95, 0.85);
  dataset.setups[1].name = "nuclei";
  dataset.setups[1].displayRange = ValueRange{100, 900};
  dataset.setups[1].displayColour = dvec3(1.0, 0.35, 0.75);
  auto field = std::make_unique<EmbryoField>(recipe, layout.sizeVoxels, layout.voxelSizeUm);
  return std::make_unique<SyntheticSource>(std::move(dataset), std::move(pyramid), std::move(field));
}

std::unique_ptr<Source> openAnalytic(SyntheticOptions& options) {
  Layout layout = takeLayout(options, {});
  layout.setups = static_cast<int>(options.takeInteger("setups", 1, 100000).value_or(1));
  const std::string type = options.takeText("type").value_or("uint16");
  if (type != "uint8" && type != "uint16" && type != "float32")
    fail("{}: type must be uint8, uint16 or float32, not '{}'", options.location(), type);
  layout.type = *findVoxelType(type);
  std::unique_ptr<Field> field = options.name() == "ramp"       ? makeRampField(options)
                                 : options.name() == "constant" ? makeConstantField(options)
                                                                : makeSphereField(options, layout.sizeVoxels);
  ImagePyramid pyramid = makePyramid(options, layout);
  options.expectNoneLeft();
  return std::make_unique<SyntheticSource>(makeDataset(options, layout), std::move(pyramid), std::move(field));
}

}  // namespace

bool isSyntheticLocation(const std::string& location) { return location.rfind("synthetic:", 0) == 0; }

std::unique_ptr<Source> openSynthetic(const std::string& location) {
  SyntheticOptions options(location);
  const std::string& name = options.name();
  if (name == "embryo") return openEmbryo(options);
  if (name == "ramp" || name == "constant" || name == "sphere") return openAnalytic(options);
  fail("{}: there is no synthetic field '{}'; there are embryo, ramp, constant and sphere", location, name);
}

}  // namespace volary
