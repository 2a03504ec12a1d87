#include "export/convert_plan.h"

#include "base/error.h"
#include "base/grid.h"
#include "build/level_proposal.h"
#include "pyramid/digest.h"
#include "pyramid/level_transform.h"
#include "storage/file_states.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace volary {
namespace {

using Json = nlohmann::ordered_json;

std::string boxText(const VoxelBox& box) {
  return fmt::format("{}:{},{}:{},{}:{}", box.begin.x, box.end.x, box.begin.y, box.end.y, box.begin.z, box.end.z);
}

// The chosen box within a level of `size` voxels.
VoxelBox cutBox(const Source& source, const CropBox& crop, const i64vec3& size) {
  VoxelBox box{.begin = i64vec3(0), .end = size};
  for (int axis = 0; axis < 3; ++axis) {
    box.begin[axis] = crop.begin[axis].value_or(0);
    box.end[axis] = crop.end[axis].value_or(size[axis]);
  }
  if (glm::any(glm::lessThan(box.begin, i64vec3(0))) || glm::any(glm::greaterThan(box.end, size)) || box.empty())
    fail("{}: the box {} is not one of voxels of an image of {} x {} x {}", source.dataset().location, boxText(box),
         size.x, size.y, size.z);
  return box;
}

void checkFactors(const Source& source, const std::vector<LevelInfo>& levels, VoxelType type) {
  const std::string file = source.dataset().location;
  if (levels.front().factor != dvec3(1)) fail("{}: the first level must have the factors 1,1,1", file);
  for (std::size_t i = 1; i < levels.size(); ++i) {
    const i64vec3 before(levels[i - 1].factor);
    const i64vec3 factor(levels[i].factor);
    if (factor == before || glm::any(glm::notEqual(factor % before, i64vec3(0))))
      fail("{}: the factors of level {}, {},{},{}, must be multiples of those of the level before, {},{},{}", file, i,
           factor.x, factor.y, factor.z, before.x, before.y, before.z);
    if (static_cast<double>(factor.x) * static_cast<double>(factor.y) * static_cast<double>(factor.z) >
        maxReduction(type))
      fail("{}: the factors of level {} are too large for voxels of {}", file, i, voxelTypeName(type));
  }
}

std::int64_t maxChunkVoxels(ConvertFormat format) {
  return format == ConvertFormat::bdvHdf5 ? kBdvChunkVoxels : kZarrChunkVoxels;
}

// Puts the chunks of each level into shards, which are the same box in space as far as that holds whole chunks.
std::vector<ivec3> makeShards(const i64vec3& shardVoxels, std::vector<LevelInfo>& levels) {
  std::vector<ivec3> chunks;
  for (LevelInfo& level : levels) {
    chunks.push_back(level.chunkVoxels);
    const i64vec3 chunk(level.chunkVoxels);
    const i64vec3 count = glm::max(shardVoxels / i64vec3(level.factor) / chunk, i64vec3(1));
    // No longer than the level.
    level.chunkVoxels = ivec3(glm::min(count, ceilDiv(level.sizeVoxels, chunk)) * chunk);
  }
  return chunks;
}

std::vector<LevelInfo> planLevels(const Source& source, ConvertFormat format, const ConvertOptions& options,
                                  VoxelType type, const i64vec3& size, const dvec3& voxelSize) {
  const std::int64_t maxVoxels = maxChunkVoxels(format);
  std::vector<LevelShape> shapes;
  if (options.factors.empty()) {
    shapes = proposeLevels(size, voxelSize, maxVoxels);
  } else {
    for (const i64vec3& factor : options.factors)
      shapes.push_back({factor, proposeChunk(voxelSize * dvec3(factor), maxVoxels)});
  }
  if (options.levelCount) shapes.resize(std::min(shapes.size(), static_cast<std::size_t>(*options.levelCount)));
  if (options.chunks.size() > 1 && options.chunks.size() < shapes.size())
    fail("{}: there are {} levels, but {} shapes of chunks", source.dataset().location, shapes.size(),
         options.chunks.size());
  std::vector<LevelInfo> levels;
  for (std::size_t i = 0; i < shapes.size(); ++i) {
    if (!options.chunks.empty()) shapes[i].chunkVoxels = options.chunks[options.chunks.size() == 1 ? 0 : i];
    levels.push_back({.sizeVoxels = ceilDiv(size, shapes[i].factor),
                      .factor = dvec3(shapes[i].factor),
                      .chunkVoxels = shapes[i].chunkVoxels});
  }
  checkFactors(source, levels, type);
  return levels;
}

// Indices of the chosen ids, in the dataset's order; all if none is chosen.
template <typename Find>
std::vector<std::int32_t> chooseIndices(const std::vector<int>& ids, std::size_t count, Find find) {
  std::vector<std::int32_t> chosen;
  for (const int id : ids) chosen.push_back(find(id));
  if (ids.empty())
    for (std::size_t i = 0; i < count; ++i) chosen.push_back(static_cast<std::int32_t>(i));
  std::sort(chosen.begin(), chosen.end());
  chosen.erase(std::unique(chosen.begin(), chosen.end()), chosen.end());
  return chosen;
}

// Calibrates and crops a setup: its voxels are those of `level`, from `begin` on.
void adaptSetup(Setup& setup, const LevelInfo& level, const i64vec3& begin, const ConvertOptions& options) {
  const dvec3 read = setup.voxelSize * level.factor;
  setup.voxelSize = options.voxelSize.value_or(read);
  if (options.unit) setup.unit = *options.unit;
  dmat4 levelFromVoxel(1.0);
  for (int axis = 0; axis < 3; ++axis) {
    // A new voxel size stretches the voxels, not the place of the first one.
    levelFromVoxel[axis][axis] = setup.voxelSize[axis] / read[axis];
    levelFromVoxel[3][axis] = static_cast<double>(begin[axis]) * levelFromVoxel[axis][axis];
  }
  for (dmat4& worldFromVoxel : setup.worldFromVoxel)
    worldFromVoxel = worldFromVoxel * voxelFromLevelVoxel(level.factor) * levelFromVoxel;
}

// The version of the notes of finished blocks: a conversion whose notes have another version can't go on.
constexpr int kNotesVersion = 2;

std::string describe(Source& source, const ConvertPlan& plan, const ConvertOptions& options) {
  const auto vectorJson = [](const auto& v) { return Json::array({v.x, v.y, v.z}); };
  Json jobs = Json::array();
  for (const PyramidJob& job : plan.jobs) {
    Json levels = Json::array();
    for (const LevelInfo& level : job.levels)
      levels.push_back({{"size", vectorJson(level.sizeVoxels)},
                        {"factor", vectorJson(level.factor)},
                        {"chunk", vectorJson(level.chunkVoxels)}});
    Json stages = Json::array();
    for (const BlockStage& stage : job.stages)
      stages.push_back({{"levels", {stage.firstLevel, stage.lastLevel}},
                        {"block", vectorJson(stage.blockVoxels)},
                        {"stateBytes", stateBytes(madeLevel(job, stage.firstLevel))}});  // as they lie in sums/
    jobs.push_back({{"setup", plan.dataset.setups[job.target.setup].id},
                    {"timepoint", plan.dataset.timepoints[job.target.timepoint]},
                    {"sourceLevel", job.sourceLevel},
                    {"begin", vectorJson(job.sourceBegin)},
                    {"type", voxelTypeName(job.voxelType)},
                    {"levels", levels},
                    {"stages", stages}});
  }
  Json setups = Json::array();
  for (const Setup& setup : plan.dataset.setups)
    setups.push_back({{"id", setup.id}, {"voxelSize", vectorJson(setup.voxelSize)}, {"unit", setup.unit}});
  const std::vector<Location> files = source.files();
  const std::string& location = source.dataset().location;
  const Json made = {{"source", files.empty() ? location : digestOf(describeStates(files).value_or(location))},
                     {"downsample", downsamplingName(options.how)},
                     {"deflate", options.deflateLevel},
                     {"partition", static_cast<int>(options.partitioning)},
                     {"format", static_cast<int>(plan.format)},
                     {"omeZarr", static_cast<int>(options.omeZarrVersion)},
                     {"codec", static_cast<int>(options.codec)},
                     {"shard", options.shardVoxels ? vectorJson(*options.shardVoxels) : Json(nullptr)},
                     {"setups", setups},
                     {"notes", kNotesVersion},
                     {"images", jobs}};
  return made.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

std::uint64_t ConvertPlan::voxelBytes() const {
  std::uint64_t bytes = 0;
  for (const PyramidJob& job : jobs) bytes += countCells(job.levels[0].sizeVoxels) * volary::voxelBytes(job.voxelType);
  return bytes;
}

std::uint64_t ConvertPlan::largestOutput() const {
  std::uint64_t bytes = 0;
  for (const PyramidJob& job : jobs) {
    for (const LevelInfo& level : job.levels) {
      const i64vec3 chunk(level.chunkVoxels);
      bytes += countCells(ceilDiv(level.sizeVoxels, chunk) * chunk) * volary::voxelBytes(job.voxelType);
    }
    for (std::size_t stage = 1; stage < job.stages.size(); ++stage)
      bytes += countCells(job.levels[job.stages[stage].firstLevel].sizeVoxels) *
               stateBytes(madeLevel(job, job.stages[stage].firstLevel));
  }
  return bytes;
}

ConvertPlan makeConvertPlan(Source& source, ConvertFormat format, const ConvertOptions& options) {
  const Dataset& from = source.dataset();
  const std::string file = from.location;
  const auto setups =
      chooseIndices(options.setups, from.setups.size(), [&](int id) { return findSetupIndex(from, id); });
  const auto timepoints =
      chooseIndices(options.timepoints, from.timepoints.size(), [&](int id) { return findTimepointIndex(from, id); });
  if (setups.empty() || timepoints.empty()) fail("{}: there is no image in it", file);

  ConvertPlan plan{.format = format, .dataset = from};
  plan.dataset.setups.clear();
  plan.dataset.timepoints.clear();
  for (const std::int32_t t : timepoints) plan.dataset.timepoints.push_back(from.timepoints[t]);
  for (const std::int32_t s : setups) {
    Setup setup = from.setups[s];
    setup.present.clear();
    setup.worldFromVoxel.clear();
    for (const std::int32_t t : timepoints) {
      setup.present.push_back(from.setups[s].present[t]);
      setup.worldFromVoxel.push_back(from.setups[s].worldFromVoxel[t]);
    }
    std::optional<PyramidJob> first;
    for (std::size_t t = 0; t < timepoints.size(); ++t) {
      if (!setup.present[t]) continue;
      const ImageId image{s, timepoints[t]};
      const ImagePyramid& pyramid = source.pyramid(image);
      if (options.sourceLevel >= static_cast<int>(pyramid.levels.size()))
        fail("{}: there is no level {}; the levels are 0 to {}", file, options.sourceLevel, pyramid.levels.size() - 1);
      const LevelInfo& level = pyramid.levels[options.sourceLevel];
      const VoxelBox box = cutBox(source, options.box, level.sizeVoxels);
      PyramidJob job{.source = image,
                     .sourceLevel = options.sourceLevel,
                     .sourceBegin = box.begin,
                     .sourceChunk = level.chunkVoxels,
                     .target = {static_cast<std::int32_t>(plan.dataset.setups.size()), static_cast<std::int32_t>(t)},
                     .voxelType = pyramid.voxelType,
                     .how = options.how};
      if (!first) adaptSetup(setup, level, box.begin, options);
      // The levels of a setup are the same at all time points: they have one table.
      if (first && first->voxelType != job.voxelType)
        fail("{}: setup {} has voxels of {} at one time point and of {} at another", file, setup.id,
             voxelTypeName(first->voxelType), voxelTypeName(job.voxelType));
      if (first && first->levels[0].sizeVoxels == box.size()) {
        job.levels = first->levels;
      } else if (first) {
        ConvertOptions same = options;
        same.factors.clear();
        same.chunks.clear();
        for (const LevelInfo& made : first->levels) {
          same.factors.emplace_back(made.factor);
          same.chunks.push_back(made.chunkVoxels);
        }
        job.levels = planLevels(source, format, same, job.voxelType, box.size(), setup.voxelSize);
      } else {
        job.levels = planLevels(source, format, options, job.voxelType, box.size(), setup.voxelSize);
      }
      if (first)
        job.innerChunks = first->innerChunks;
      else if (options.shardVoxels)
        job.innerChunks = makeShards(*options.shardVoxels, job.levels);
      // A quarter is for chunks of the source that two blocks share.
      job.stages = planBlocks({.levels = job.levels,
                               .voxelType = job.voxelType,
                               .how = job.how,
                               .sourceChunk = job.sourceChunk,
                               .sourceBegin = job.sourceBegin,
                               .memoryBytes = options.memoryBytes / 4 * 3});
      if (!first) first = job;
      plan.jobs.push_back(std::move(job));
    }
    // A setup without an image is left out: OME-Zarr counts its channels, and BigDataViewer opens the tables of all
    // setups.
    if (first) plan.dataset.setups.push_back(std::move(setup));
  }
  if (plan.jobs.empty()) fail("{}: every image that was chosen is missing in it", file);
  plan.description = describe(source, plan, options);
  return plan;
}

}  // namespace volary
