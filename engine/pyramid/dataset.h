#pragma once

#include "base/geometry.h"
#include "pyramid/voxel_type.h"
#include "shared/sizes.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// One level of a pyramid. Axis order x, y, z everywhere.
struct LevelInfo {
  i64vec3 sizeVoxels{0};
  dvec3 factor{1.0};     ///< downsampling against level 0's voxel grid; not always an integer, not always 2
  ivec3 chunkVoxels{0};  ///< shape of a stored chunk; may be larger than the level
  std::string codec;     ///< the filters in the order of writing, for people: "scaleoffset+deflate", "raw"
  std::optional<std::uint64_t> bytesStored;  ///< absent when counting would cost more than metadata
};

/// No image has more levels: a reader refuses a file that states more, or reads only this many.
inline constexpr int kMaxLevels = static_cast<int>(shared::kMaxLevels);

/// What is stored of one image: its levels, finest first.
struct ImagePyramid {
  VoxelType voxelType = VoxelType::uint16;
  std::vector<LevelInfo> levels;
  /// The source is still making the coarser levels (GrowingPyramids::isMade()). The last one is a stand-in for them,
  /// and goes when they are there: nothing that is drawn before that is final.
  bool growing = false;

  /// The number of levels without the stand-in.
  int lastingLevels() const { return static_cast<int>(levels.size()) - (growing ? 1 : 0); }
};

/// One view setup: a channel, angle, tile ... of the specimen, present at some or all time points.
struct Setup {
  int id = 0;  ///< the file's own id, which need not be contiguous
  std::string name;
  dvec3 voxelSize{1.0};  ///< in `unit`; for scale bars and export, never for geometry
  std::string unit = "pixel";
  std::optional<int> channel;  ///< the file's id, if it tells channels from tiles and angles
  /// Per time point (index into Dataset::timepoints): world from voxel of the *full resolution* grid, integer = voxel
  /// centre. Level 0 itself may be coarser: see worldFromLevelVoxel.
  std::vector<dmat4> worldFromVoxel;
  std::vector<bool> present;               ///< per time point: false where the file says that this view is missing
  std::optional<ValueRange> displayRange;  ///< what the file suggests
  std::optional<dvec3> displayColour;      ///< r, g, b in [0, 1]
};

/// All images of a file, without their voxels. Only metadata has to be read for it.
struct Dataset {
  std::string format;           ///< "bdv.hdf5", "synthetic" ...
  std::string location;         ///< what was opened, as people name it: a path, an address, "synthetic:embryo"
  std::vector<int> timepoints;  ///< ids in ascending order
  std::vector<Setup> setups;
  std::vector<std::string> warnings;  ///< sentences about what was understood only in part
};

/// One image = one setup at one time point, both as indices into the Dataset (not the file's ids).
struct ImageId {
  std::int32_t setup = 0;
  std::int32_t timepoint = 0;
  auto operator<=>(const ImageId&) const = default;
};

/// The last part of its location, for titles: "embryo.xml".
std::string nameOf(const Dataset& dataset);

/// The index of the setup / time point with this id. Throws Error that lists the ids there are.
int findSetupIndex(const Dataset& dataset, int setupId);
int findTimepointIndex(const Dataset& dataset, int timepointId);

/// One chunk of one level of one image; `chunk` counts chunks along x, y, z.
struct ChunkKey {
  ImageId image;
  std::int32_t level = 0;
  i64vec3 chunk{0};
  bool operator==(const ChunkKey&) const = default;
};

}  // namespace volary

template <>
struct std::hash<volary::ChunkKey> {
  std::size_t operator()(const volary::ChunkKey& key) const noexcept;
};
