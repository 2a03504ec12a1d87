#pragma once

#include "base/geometry.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace volary {

/// The numbers of assets/embryo.json, which says what each of them means.
struct EmbryoRecipe {
  struct Cavity {
    dvec3 centre{0.0};
    dvec3 semiAxes{0.0};
  };
  struct Outline {
    dvec3 semiAxes{0.0};
    double roughness = 0.0;
    std::vector<Cavity> cavities;
  };
  struct Cells {
    double spacingUm = 0.0;
    double jitter = 0.0;
    double radiusUm = 0.0;
    double radiusVariation = 0.0;
    double vacancies = 0.0;
    double mitotic = 0.0;
    double motionUm = 0.0;
    double warpUm = 0.0;
    double warpLengthUm = 0.0;
  };
  struct Membranes {
    double counts = 0.0;
    double variation = 0.0;
    double patchiness = 0.0;
    double patchLengthUm = 0.0;
    double cytoplasm = 0.0;
    double haze = 0.0;
  };
  struct Texture {
    double amplitude = 0.0;
    double wavelengthUm = 0.0;
  };
  struct Nuclei {
    double counts = 0.0;
    double variation = 0.0;
    double radiusUm = 0.0;
    double elongation = 0.0;
    std::vector<Texture> chromatin;
    double nucleolusUm = 0.0;
    double unbound = 0.0;
    double haze = 0.0;
  };
  struct Filaments {
    double spacingUm = 0.0;
    double share = 0.0;
    double lengthUm = 0.0;
    double radiusUm = 0.0;
    double counts = 0.0;
  };
  struct Microscope {
    dvec3 sigmaUm{0.0};
    double deepBlurUm = 0.0;
    double attenuation = 0.0;
    double stripes = 0.0;
    double offset = 0.0;
    double readNoise = 0.0;
    double gain = 0.0;
  };

  i64vec3 sizeVoxels{0};
  dvec3 voxelSizeUm{1.0};
  int levels = 1;
  std::uint32_t seed = 0;
  Outline outline;
  Cells cells;
  Membranes membranes;
  Nuclei nuclei;
  Filaments filaments;
  Microscope microscope;
};

/// Reads a recipe: JSON with comments. Throws Error for a missing key or a wrong type.
EmbryoRecipe parseEmbryoRecipe(std::string_view json);

/// assets/embryo.json, as it was when the program was built.
EmbryoRecipe builtInEmbryoRecipe();

}  // namespace volary
