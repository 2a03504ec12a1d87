#include "formats/synthetic/embryo_recipe.h"

#include "base/error.h"

#include <nlohmann/json.hpp>

namespace volary {

extern const char* const kEmbryoRecipeJson;  // made from assets/embryo.json by CMake

namespace {

using Json = nlohmann::json;

dvec3 readVector(const Json& json) {
  return {json.at(0).get<double>(), json.at(1).get<double>(), json.at(2).get<double>()};
}

EmbryoRecipe::Outline readOutline(const Json& json) {
  EmbryoRecipe::Outline outline{readVector(json.at("semiAxes")), json.at("roughness"), {}};
  for (const Json& cavity : json.at("cavities"))
    outline.cavities.push_back({readVector(cavity.at("centre")), readVector(cavity.at("semiAxes"))});
  return outline;
}

EmbryoRecipe::Nuclei readNuclei(const Json& json) {
  EmbryoRecipe::Nuclei nuclei{.counts = json.at("counts"),
                              .variation = json.at("variation"),
                              .radiusUm = json.at("radiusUm"),
                              .elongation = json.at("elongation"),
                              .chromatin = {},
                              .nucleolusUm = json.at("nucleolusUm"),
                              .unbound = json.at("unbound"),
                              .haze = json.at("haze")};
  for (const Json& texture : json.at("chromatin"))
    nuclei.chromatin.push_back({texture.at("amplitude"), texture.at("wavelengthUm")});
  return nuclei;
}

EmbryoRecipe readRecipe(const Json& json) {
  const Json& size = json.at("sizeVoxels");
  const Json& cells = json.at("cells");
  const Json& membranes = json.at("membranes");
  const Json& filaments = json.at("filaments");
  const Json& microscope = json.at("microscope");
  return {
      .sizeVoxels = {size.at(0).get<std::int64_t>(), size.at(1).get<std::int64_t>(), size.at(2).get<std::int64_t>()},
      .voxelSizeUm = readVector(json.at("voxelSizeUm")),
      .levels = json.at("levels"),
      .seed = json.at("seed"),
      .outline = readOutline(json.at("outline")),
      .cells = {.spacingUm = cells.at("spacingUm"),
                .jitter = cells.at("jitter"),
                .radiusUm = cells.at("radiusUm"),
                .radiusVariation = cells.at("radiusVariation"),
                .vacancies = cells.at("vacancies"),
                .mitotic = cells.at("mitotic"),
                .motionUm = cells.at("motionUm"),
                .warpUm = cells.at("warpUm"),
                .warpLengthUm = cells.at("warpLengthUm")},
      .membranes = {.counts = membranes.at("counts"),
                    .variation = membranes.at("variation"),
                    .patchiness = membranes.at("patchiness"),
                    .patchLengthUm = membranes.at("patchLengthUm"),
                    .cytoplasm = membranes.at("cytoplasm"),
                    .haze = membranes.at("haze")},
      .nuclei = readNuclei(json.at("nuclei")),
      .filaments = {.spacingUm = filaments.at("spacingUm"),
                    .share = filaments.at("share"),
                    .lengthUm = filaments.at("lengthUm"),
                    .radiusUm = filaments.at("radiusUm"),
                    .counts = filaments.at("counts")},
      .microscope = {.sigmaUm = readVector(microscope.at("sigmaUm")),
                     .deepBlurUm = microscope.at("deepBlurUm"),
                     .attenuation = microscope.at("attenuation"),
                     .stripes = microscope.at("stripes"),
                     .offset = microscope.at("offset"),
                     .readNoise = microscope.at("readNoise"),
                     .gain = microscope.at("gain")}};
}

}  // namespace

EmbryoRecipe parseEmbryoRecipe(std::string_view json) {
  try {
    return readRecipe(Json::parse(json, nullptr, true, true));
  } catch (const Json::exception& error) {
    fail("the recipe of the synthetic embryo can't be read: {}", error.what());
  }
}

EmbryoRecipe builtInEmbryoRecipe() { return parseEmbryoRecipe(kEmbryoRecipeJson); }

}  // namespace volary
