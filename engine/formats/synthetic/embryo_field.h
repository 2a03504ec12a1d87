#pragma once

#include "formats/synthetic/embryo_recipe.h"
#include "formats/synthetic/embryo_signal.h"
#include "formats/synthetic/embryo_tissue.h"
#include "formats/synthetic/field.h"

namespace volary {

/// The channels of the embryo: setup 0 and 1.
enum class EmbryoChannel : std::uint8_t { membranes, nuclei };

/// Camera counts of the recipe's specimen, filling a volume of any size.
///
/// Bit-exact on every machine: positions, distances and brightness use IEEE additions, multiplications, divisions and
/// square roots alone (this folder is compiled without contraction), randomness is integer hashing. A coarser level is
/// close to the mean of the finer voxels, not equal to it: structures are widened by the voxel's extent, shot noise is
/// divided by the square root of the voxels averaged, and where a voxel nears a cell's size the cells fade into
/// their mean brightness.
class EmbryoField final : public Field {
 public:
  EmbryoField(const EmbryoRecipe& recipe, const i64vec3& sizeVoxels, const dvec3& voxelSizeUm);

  void evaluateTile(const FieldTile& tile, std::span<float> values) const override;

 private:
  struct Surroundings;

  double meanSignal(EmbryoChannel channel) const;
  void addCells(const EmbryoTile& tile, EmbryoChannel channel, std::span<float> signal) const;
  void absorb(const EmbryoTile& tile, const Surroundings& around, float haze, std::span<float> signal) const;
  void expose(const FieldTile& tile, std::span<float> signal) const;

  EmbryoRecipe recipe_;
  dvec3 voxelSizeUm_{1.0};
  dvec3 centreUm_{0.0};  ///< of the specimen, from voxel 0
  EmbryoTissue tissue_;
  double mean_[2] = {};  ///< per channel: brightness of tissue whose cells are too small to see
};

}  // namespace volary
