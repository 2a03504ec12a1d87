#include "export/bdv_writer.h"

#include "base/error.h"
#include "export/atomic_file.h"
#include "export/bdv_hdf5_file.h"
#include "export/bdv_xml.h"
#include "export/chunk_encoder.h"
#include "export/level_slab.h"
#include "export/parallel.h"

#include <algorithm>
#include <cmath>

namespace volary {
namespace {

namespace fs = std::filesystem;

// The largest axis of the coarsest level that BigDataViewer proposes.
constexpr std::int64_t kCoarseEnough = 256;

// The levels to write for one image.
std::vector<LevelInfo> planLevels(const ImagePyramid& pyramid, const std::vector<i64vec3>& factors, const ivec3& chunkVoxels) {
  std::vector<LevelInfo> levels;
  const LevelInfo& finest = pyramid.levels.front();
  i64vec3 size = finest.sizeVoxels;
  for (std::size_t i = 0; i < factors.size(); ++i) {
    if (i > 0) size = (size + factors[i] / factors[i - 1] - std::int64_t{1}) / (factors[i] / factors[i - 1]);
    levels.push_back({.sizeVoxels = size, .factor = finest.factor * dvec3(factors[i]), .chunkVoxels = chunkVoxels});
  }
  return levels;
}

void checkFactors(const std::vector<i64vec3>& factors) {
  if (factors.front() != i64vec3(1)) fail("the first level of a BigDataViewer pyramid must have the factor 1 1 1");
  for (std::size_t i = 1; i < factors.size(); ++i)
    for (int axis = 0; axis < 3; ++axis)
      if (factors[i][axis] != factors[i - 1][axis] && factors[i][axis] != 2 * factors[i - 1][axis])
        fail("level {} of a BigDataViewer pyramid must have the factor of the level before or its double along each axis", i);
}

// Streams one image through its pyramid: level 0 slab by slab; what is full is written and handed on, averaged.
class ImageWriter {
 public:
  ImageWriter(Source& source, ImageId image, const BdvWriteOptions& options, std::vector<LevelInfo> levels,
              BdvHdf5File& file)
      : source_(source), image_(image), threads_(threadsOrCores(options.threads)), type_(source.pyramid(image).voxelType),
        levels_(std::move(levels)), file_(file) {
    // Slabs of whole chunk layers, and of an even number of planes, so that pairs of planes are never parted; of level 0
    // as many as a chunk of the source is deep, so that none is decoded twice.
    const std::int64_t depth = levels_[0].chunkVoxels.z;
    const std::int64_t unit = depth % 2 == 0 ? depth : 2 * depth;
    const std::int64_t sourceDepth = source.pyramid(image).levels.front().chunkVoxels.z;
    for (const LevelInfo& level : levels_) {
      LevelSlab slab;
      slab.sizeVoxels = level.sizeVoxels;
      slab.capacity = slabs_.empty() ? unit * ceilDiv(sourceDepth, unit) : unit;
      slab.voxels.resize(static_cast<std::size_t>(slab.planeVoxels() * slab.capacity) * voxelBytes(type_));
      slabs_.push_back(std::move(slab));
    }
  }

  /// `progress` gets the share of this image that is done.
  void write(int timepoint, int setup, const std::function<void(double)>& progress) {
    file_.beginImage(timepoint, setup, type_, levels_);
    LevelSlab& finest = slabs_.front();
    while (finest.firstPlane < finest.sizeVoxels.z) {
      fillSlab(source_, image_, threads_, finest);
      finishSlab(0);
      progress(static_cast<double>(finest.firstPlane) / static_cast<double>(finest.sizeVoxels.z));
    }
  }

 private:
  void writeChunks(std::size_t level);
  void finishSlab(std::size_t level);

  Source& source_;
  ImageId image_;
  int threads_;
  VoxelType type_;
  std::vector<LevelInfo> levels_;
  BdvHdf5File& file_;
  std::vector<LevelSlab> slabs_;
};

// Encodes on all threads, writes in order.
void ImageWriter::writeChunks(std::size_t level) {
  const LevelSlab& slab = slabs_[level];
  const i64vec3 shape(levels_[level].chunkVoxels);
  const i64vec3 grid = (i64vec3(slab.sizeVoxels.x, slab.sizeVoxels.y, slab.planes) + shape - std::int64_t{1}) / shape;
  const std::int64_t firstLayer = slab.firstPlane / shape.z;
  const auto chunkAt = [&](std::size_t index) {
    const auto i = static_cast<std::int64_t>(index);
    return i64vec3(i % grid.x, i / grid.x % grid.y, i / (grid.x * grid.y));
  };
  std::vector<std::vector<std::byte>> encoded(static_cast<std::size_t>(grid.x * grid.y * grid.z));
  parallelFor(encoded.size(), threads_, [&](std::size_t i) {
    encoded[i] = encodeBdvChunk(type_, cutChunk(slab, voxelBytes(type_), levels_[level].chunkVoxels, chunkAt(i)));
  });
  for (std::size_t i = 0; i < encoded.size(); ++i)
    file_.writeChunk(level, chunkAt(i) + i64vec3(0, 0, firstLayer), encoded[i]);
}

// Writes a full slab, adds its means to the next level's, and empties it.
void ImageWriter::finishSlab(std::size_t level) {
  writeChunks(level);
  LevelSlab& slab = slabs_[level];
  const std::int64_t endPlane = slab.firstPlane + slab.planes;
  if (level + 1 < slabs_.size()) {
    LevelSlab& coarse = slabs_[level + 1];
    const i64vec3 factor = glm::max(i64vec3(glm::round(levels_[level + 1].factor / levels_[level].factor)), i64vec3(1));
    const std::int64_t endCoarse = ceilDiv(endPlane, factor.z);
    while (coarse.firstPlane + coarse.planes < endCoarse) {
      const std::int64_t room = coarse.capacity - coarse.planes;
      const std::int64_t count = std::min(endCoarse - coarse.firstPlane - coarse.planes, room);
      appendMeans(type_, slab, factor, count, threads_, coarse);
      if (coarse.full()) finishSlab(level + 1);
    }
  }
  slab.firstPlane = endPlane;
  slab.planes = 0;
}

// Where the files go, and that they may.
struct OutputPaths {
  fs::path xml;
  fs::path hdf5;
};
OutputPaths planPaths(const fs::path& xml, IfExists ifExists) {
  if (xml.extension() != ".xml") fail("{}: the name of a BigDataViewer dataset must end in .xml", xml.string());
  OutputPaths paths{xml, fs::path(xml).replace_extension(".h5")};
  std::error_code ignored;
  const fs::path folder = xml.parent_path();
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    fail("{}: the folder {} does not exist", xml.string(), folder.string());
  for (const fs::path& path : {paths.xml, paths.hdf5}) {
    if (fs::is_directory(path, ignored)) fail("{}: this is a folder, not a file that could be written", path.string());
    if (ifExists == IfExists::refuse && fs::exists(path, ignored)) fail("{}: exists already", path.string());
  }
  return paths;
}

}  // namespace

std::vector<i64vec3> proposeBdvFactors(const i64vec3& sizeVoxels, const dvec3& voxelSize) {
  std::vector<i64vec3> factors = {i64vec3(1)};
  i64vec3 size = sizeVoxels;
  while (std::max({size.x, size.y, size.z}) > kCoarseEnough) {
    const dvec3 now = voxelSize * dvec3(factors.back());
    const double shortest = std::min({now.x, now.y, now.z});
    i64vec3 next = factors.back();
    for (int axis = 0; axis < 3; ++axis)
      if (now[axis] <= 2.0 * shortest) next[axis] *= 2;
    size = (sizeVoxels + next - std::int64_t{1}) / next;
    factors.push_back(next);
  }
  return factors;
}

void writeBdvDataset(Source& source, const fs::path& xml, const BdvWriteOptions& options) {
  const OutputPaths paths = planPaths(xml, options.ifExists);
  const Dataset& dataset = source.dataset();
  if (dataset.setups.empty() || dataset.timepoints.empty()) fail("{}: there is no image to write", xml.string());
  if (!options.factors.empty()) checkFactors(options.factors);

  AtomicFile xmlFile(paths.xml);
  BdvHdf5File file(paths.hdf5);
  std::vector<i64vec3> fullSizes;
  const double images = static_cast<double>(dataset.setups.size() * dataset.timepoints.size());
  double done = 0.0;
  for (std::size_t s = 0; s < dataset.setups.size(); ++s) {
    const Setup& setup = dataset.setups[s];
    bool tablesWritten = false;
    fullSizes.emplace_back(1);
    for (std::size_t t = 0; t < dataset.timepoints.size(); ++t, done += 1.0) {
      if (!setup.present[t]) continue;
      const ImageId image{static_cast<std::int32_t>(s), static_cast<std::int32_t>(t)};
      const ImagePyramid& pyramid = source.pyramid(image);
      const i64vec3 size = pyramid.levels.front().sizeVoxels;
      const std::vector<LevelInfo> levels = planLevels(
          pyramid, options.factors.empty() ? proposeBdvFactors(size, setup.voxelSize) : options.factors, options.chunkVoxels);
      if (!tablesWritten) {
        file.writeSetup(setup.id, pyramid.voxelType, levels);
        fullSizes.back() = size;
        tablesWritten = true;
      }
      ImageWriter(source, image, options, levels, file).write(dataset.timepoints[t], setup.id, [&](double share) {
        if (options.progress) options.progress((done + share) / images);
      });
    }
  }
  const std::string text = makeBdvXml(dataset, fullSizes, paths.hdf5.filename().string());
  xmlFile.write(std::as_bytes(std::span(text)));
  file.commit();
  xmlFile.commit();
}

}  // namespace volary
