#pragma once

#include "base/geometry.h"
#include "formats/synthetic/embryo_recipe.h"

#include <cstdint>
#include <vector>

namespace volary {

/// One cell: a ball that its neighbours flatten. Positions are in um from the specimen's centre.
struct EmbryoCell {
  dvec3 centreUm{0.0};
  double radiusUm = 0.0;
  std::uint32_t hash = 0;  ///< the source of everything that is random about this cell
  double depth = 0.0;      ///< see EmbryoTissue::depth
  bool mitotic = false;
};

/// Where the embryo is and where its cells are: a jittered body-centred cubic lattice inside an irregular ellipsoid,
/// less its cavities. Cells are computed when asked for, so an embryo of any size costs nothing. Immutable.
class EmbryoTissue {
 public:
  EmbryoTissue(const EmbryoRecipe& recipe, const dvec3& extentUm);

  /// Distance to the nearest surface of the tissue, positive inside, about right near the surface. In um.
  double insideUm(const dvec3& pointUm) const;

  /// How much tissue light passes from this point to the objective: 0 at the near surface and above, 1 at the far
  /// side of the thickest place.
  double depth(const dvec3& pointUm) const;

  /// The cells whose centre lies within `reachUm` of the box, in a fixed order.
  std::vector<EmbryoCell> cellsNear(const Box3& boxUm, double reachUm, int timepoint) const;

  double maxRadiusUm() const { return recipe_.cells.radiusUm * (1.0 + recipe_.cells.radiusVariation); }

 private:
  dvec3 cellCentre(std::uint32_t hash, const dvec3& place, int timepoint) const;

  EmbryoRecipe recipe_;
  dvec3 semiAxesUm_{0.0};
  double shortestUm_ = 0.0;
};

}  // namespace volary
