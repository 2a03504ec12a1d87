#include "export/zarr_metadata.h"

#include "base/error.h"
#include "build/blosc_encoder.h"
#include "export/zarr_encoder.h"
#include "pyramid/digest.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <map>

namespace volary {
namespace {

using Json = nlohmann::ordered_json;

// The units of OME-NGFF, from those that files have.
std::string omeUnit(const std::string& unit) {
  static const std::map<std::string, std::string> kUnits = {{"µm", "micrometer"},
                                                            {"μm", "micrometer"},
                                                            {"um", "micrometer"},
                                                            {"micron", "micrometer"},
                                                            {"microns", "micrometer"},
                                                            {"micrometer", "micrometer"},
                                                            {"micrometers", "micrometer"},
                                                            {"nm", "nanometer"},
                                                            {"nanometer", "nanometer"},
                                                            {"mm", "millimeter"},
                                                            {"millimeter", "millimeter"},
                                                            {"cm", "centimeter"},
                                                            {"centimeter", "centimeter"},
                                                            {"m", "meter"},
                                                            {"meter", "meter"},
                                                            {"pm", "picometer"},
                                                            {"picometer", "picometer"},
                                                            {"Å", "angstrom"},
                                                            {"angstrom", "angstrom"},
                                                            {"inch", "inch"}};
  const auto found = kUnits.find(unit);
  return found == kUnits.end() ? "" : found->second;
}

Json shapeJson(const ZarrLayout& layout, const ConvertPlan& plan, const i64vec3& size) {
  Json shape = Json::array();
  if (layout.hasTime) shape.push_back(plan.dataset.timepoints.size());
  if (layout.hasChannels) shape.push_back(plan.dataset.setups.size());
  for (int axis = 2; axis >= 0; --axis) shape.push_back(size[axis]);
  return shape;
}

Json chunkJson(const ZarrLayout& layout, const ivec3& chunk) {
  Json shape = Json::array();
  for (int i = 0; i < int{layout.hasTime} + int{layout.hasChannels}; ++i) shape.push_back(1);
  for (int axis = 2; axis >= 0; --axis) shape.push_back(chunk[axis]);
  return shape;
}

Json axesJson(const ZarrLayout& layout, const Setup& setup) {
  Json axes = Json::array();
  if (layout.hasTime) axes.push_back({{"name", "t"}, {"type", "time"}});
  if (layout.hasChannels) axes.push_back({{"name", "c"}, {"type", "channel"}});
  for (const char* name : {"z", "y", "x"}) {
    Json axis = {{"name", name}, {"type", "space"}};
    if (const std::string unit = omeUnit(setup.unit); !unit.empty()) axis["unit"] = unit;
    axes.push_back(axis);
  }
  return axes;
}

bool isAxisAligned(const dmat4& m) {
  const double size = std::max({std::abs(m[0][0]), std::abs(m[1][1]), std::abs(m[2][2])});
  bool aligned = true;
  for (int column = 0; column < 3; ++column)
    for (int row = 0; row < 3; ++row)
      aligned = aligned && (row == column ? m[row][row] > 0.0 : std::abs(m[column][row]) < 1e-9 * size);
  return aligned;
}

// OME-NGFF knows only scale and translation; for a registration that does more, the voxel size is used.
struct AxisAligned {
  dvec3 scale{1.0};
  dvec3 translation{0.0};
};
AxisAligned alignedTransform(const Setup& setup, std::size_t timepoint) {
  const dmat4& m = setup.worldFromVoxel[timepoint];
  AxisAligned transform{.scale = setup.voxelSize, .translation = dvec3(m[3])};
  if (isAxisAligned(m)) transform.scale = dvec3(m[0][0], m[1][1], m[2][2]);
  return transform;
}

Json datasetsJson(const ZarrLayout& layout, const PyramidJob& job, const Setup& setup) {
  const AxisAligned transform = alignedTransform(setup, static_cast<std::size_t>(job.target.timepoint));
  Json datasets = Json::array();
  for (std::size_t i = 0; i < job.levels.size(); ++i) {
    const dvec3 factor = job.levels[i].factor;
    Json scale = Json::array(), translation = Json::array();
    for (int axis = 0; axis < int{layout.hasTime} + int{layout.hasChannels}; ++axis) {
      scale.push_back(1.0);
      translation.push_back(0.0);
    }
    for (int axis = 2; axis >= 0; --axis) {
      scale.push_back(transform.scale[axis] * factor[axis]);
      // The centre of a coarse voxel lies between the centres of the fine ones.
      translation.push_back(transform.translation[axis] + transform.scale[axis] * (factor[axis] - 1.0) / 2.0);
    }
    datasets.push_back(
        {{"path", std::to_string(i)},
         {"coordinateTransformations",
          {{{"type", "scale"}, {"scale", scale}}, {{"type", "translation"}, {"translation", translation}}}}});
  }
  return datasets;
}

Json channelJson(const Setup& setup, VoxelType type) {
  const ValueRange natural = naturalRange(type);
  const ValueRange range = setup.displayRange.value_or(natural);
  const dvec3 colour = glm::round(255.0 * setup.displayColour.value_or(dvec3(1.0)));
  return {{"active", true},
          {"coefficient", 1.0},
          {"color", fmt::format("{:02X}{:02X}{:02X}", int(colour.x), int(colour.y), int(colour.z))},
          {"family", "linear"},
          {"inverted", false},
          {"label", setup.name},
          {"window", {{"min", natural.min}, {"max", natural.max}, {"start", range.min}, {"end", range.max}}}};
}

// "multiscales" and "omero" of the image whose first job is `job`.
Json imageJson(const ConvertPlan& plan, const ZarrLayout& layout, const ConvertOptions& options, const PyramidJob& job,
               const std::string& name) {
  const Setup& setup = plan.dataset.setups[static_cast<std::size_t>(job.target.setup)];
  Json multiscale = {{"name", layout.oneImage ? name : setup.name},
                     {"axes", axesJson(layout, setup)},
                     {"datasets", datasetsJson(layout, job, setup)},
                     {"type", downsamplingName(job.how)},
                     {"metadata", {{"description", "each level from level 0, by volary convert"}}}};
  Json channels = Json::array();
  if (layout.hasChannels)
    for (const Setup& each : plan.dataset.setups) channels.push_back(channelJson(each, job.voxelType));
  else
    channels.push_back(channelJson(setup, job.voxelType));
  Json omero = {{"channels", channels}, {"rdefs", {{"model", "color"}, {"defaultT", 0}}}};
  if (options.omeZarrVersion == OmeZarrVersion::v04) {
    multiscale["version"] = "0.4";
    omero["version"] = "0.4";
  }
  return {{"multiscales", Json::array({multiscale})}, {"omero", omero}};
}

std::string typeNameV2(VoxelType type) {
  const char kind = !isInteger(type) ? 'f' : (voxelTypeName(type).starts_with('u') ? 'u' : 'i');
  return fmt::format("{}{}{}", voxelBytes(type) == 1 ? '|' : '<', kind, voxelBytes(type));
}

Json arrayJsonV2(const ConvertPlan& plan, const ZarrLayout& layout, const ConvertOptions& options,
                 const PyramidJob& job, const LevelInfo& level) {
  Json compressor;
  switch (options.codec) {
    case ZarrCodec::zstd: compressor = {{"id", "zstd"}, {"level", kZstdLevel}}; break;
    case ZarrCodec::blosc:
      compressor = {{"id", "blosc"}, {"cname", "lz4"}, {"clevel", kBloscLevel}, {"shuffle", 1}, {"blocksize", 0}};
      break;
    case ZarrCodec::gzip: compressor = {{"id", "gzip"}, {"level", kZarrGzipLevel}}; break;
    case ZarrCodec::raw: break;
  }
  return {{"zarr_format", 2},
          {"shape", shapeJson(layout, plan, level.sizeVoxels)},
          {"chunks", chunkJson(layout, level.chunkVoxels)},
          {"dtype", typeNameV2(job.voxelType)},
          {"compressor", compressor},
          {"fill_value", 0},
          {"order", "C"},
          {"filters", nullptr},
          {"dimension_separator", "/"}};
}

Json codecsJsonV3(ZarrCodec codec, VoxelType type) {
  Json bytes = {{"name", "bytes"}};
  if (voxelBytes(type) > 1) bytes["configuration"] = {{"endian", "little"}};
  Json codecs = Json::array({bytes});
  switch (codec) {
    case ZarrCodec::zstd:
      codecs.push_back({{"name", "zstd"}, {"configuration", {{"level", kZstdLevel}, {"checksum", false}}}});
      break;
    case ZarrCodec::blosc:
      codecs.push_back({{"name", "blosc"},
                        {"configuration",
                         {{"typesize", voxelBytes(type)},
                          {"cname", "lz4"},
                          {"clevel", kBloscLevel},
                          {"shuffle", "shuffle"},
                          {"blocksize", 0}}}});
      break;
    case ZarrCodec::gzip: codecs.push_back({{"name", "gzip"}, {"configuration", {{"level", kZarrGzipLevel}}}}); break;
    case ZarrCodec::raw: break;
  }
  return codecs;
}

Json arrayJsonV3(const ConvertPlan& plan, const ZarrLayout& layout, const ConvertOptions& options,
                 const PyramidJob& job, std::size_t level) {
  Json codecs = codecsJsonV3(options.codec, job.voxelType);
  if (!job.innerChunks.empty())
    codecs = Json::array(
        {{{"name", "sharding_indexed"},
          {"configuration",
           {{"chunk_shape", chunkJson(layout, job.innerChunks[level])},
            {"codecs", codecs},
            {"index_codecs", {{{"name", "bytes"}, {"configuration", {{"endian", "little"}}}}, {{"name", "crc32c"}}}},
            {"index_location", "end"}}}}});
  Json names = Json::array();
  for (const Json& axis : axesJson(layout, plan.dataset.setups.front())) names.push_back(axis["name"]);
  const Json fill = isInteger(job.voxelType) ? Json(0) : Json(0.0);
  return {
      {"zarr_format", 3},
      {"node_type", "array"},
      {"shape", shapeJson(layout, plan, job.levels[level].sizeVoxels)},
      {"data_type", voxelTypeName(job.voxelType)},
      {"chunk_grid",
       {{"name", "regular"}, {"configuration", {{"chunk_shape", chunkJson(layout, job.levels[level].chunkVoxels)}}}}},
      {"chunk_key_encoding", {{"name", "default"}, {"configuration", {{"separator", "/"}}}}},
      {"fill_value", fill},
      {"codecs", codecs},
      {"attributes", Json::object()},
      {"dimension_names", names}};
}

// A group with these attributes of OME-NGFF.
void addGroup(std::vector<ZarrFile>& files, const std::filesystem::path& folder, Json attributes,
              OmeZarrVersion version, const std::string& mark) {
  const auto text = [](const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n"; };
  if (version == OmeZarrVersion::v04) {
    files.push_back({folder / ".zgroup", text({{"zarr_format", 2}})});
    if (!mark.empty()) attributes["_creator"] = {{"name", mark}};
    files.push_back({folder / ".zattrs", text(attributes)});
    return;
  }
  Json ome = {{"version", "0.5"}};
  ome.update(attributes);
  Json all = {{"ome", ome}};
  if (!mark.empty()) all["_creator"] = {{"name", mark}};
  files.push_back({folder / "zarr.json", text({{"zarr_format", 3}, {"node_type", "group"}, {"attributes", all}})});
}

}  // namespace

ZarrLayout makeZarrLayout(const ConvertPlan& plan) {
  ZarrLayout layout{.hasTime = plan.dataset.timepoints.size() > 1};
  const PyramidJob& first = plan.jobs.front();
  const auto placed = [&](const PyramidJob& job) {
    return plan.dataset.setups[static_cast<std::size_t>(job.target.setup)]
        .worldFromVoxel[static_cast<std::size_t>(job.target.timepoint)];
  };
  for (const PyramidJob& job : plan.jobs) {
    bool same =
        job.voxelType == first.voxelType && job.levels.size() == first.levels.size() && placed(job) == placed(first);
    for (std::size_t i = 0; same && i < job.levels.size(); ++i)
      same = job.levels[i].sizeVoxels == first.levels[i].sizeVoxels && job.levels[i].factor == first.levels[i].factor &&
             job.levels[i].chunkVoxels == first.levels[i].chunkVoxels;
    layout.oneImage = layout.oneImage && same;
  }
  if (plan.dataset.setups.size() == 1) layout.oneImage = true;
  layout.hasChannels = layout.oneImage && plan.dataset.setups.size() > 1;
  return layout;
}

std::vector<std::string> findRegistrationLosses(const ConvertPlan& plan) {
  std::vector<std::string> losses;
  for (std::size_t s = 0; s < plan.dataset.setups.size(); ++s) {
    const Setup& setup = plan.dataset.setups[s];
    const PyramidJob* first = nullptr;  // of whose time point the registration is kept
    bool aligned = true, moves = false;
    for (const PyramidJob& job : plan.jobs) {
      if (static_cast<std::size_t>(job.target.setup) != s) continue;
      if (!first) first = &job;
      const dmat4& m = setup.worldFromVoxel[static_cast<std::size_t>(job.target.timepoint)];
      aligned = aligned && isAxisAligned(m);
      moves = moves || m != setup.worldFromVoxel[static_cast<std::size_t>(first->target.timepoint)];
    }
    if (!aligned)
      losses.push_back(fmt::format(
          "setup {}: OME-Zarr keeps scale and translation; what else its registration does is left out", setup.id));
    if (moves)
      losses.push_back(fmt::format("setup {}: its registration changes with time; OME-Zarr keeps that of time point {}",
                                   setup.id,
                                   plan.dataset.timepoints[static_cast<std::size_t>(first->target.timepoint)]));
  }
  return losses;
}

ZarrPlace placeOf(const ZarrLayout& layout, const PyramidJob& job) {
  ZarrPlace place{.image = layout.oneImage ? "" : std::to_string(job.target.setup)};
  if (layout.hasTime) place.leading.push_back(job.target.timepoint);
  if (layout.hasChannels) place.leading.push_back(job.target.setup);
  return place;
}

std::vector<ZarrFile> makeZarrMetadata(const ConvertPlan& plan, const ZarrLayout& layout, const ConvertOptions& options,
                                       const std::string& name) {
  const std::string mark = "volary convert " + digestOf(plan.description);
  std::vector<ZarrFile> files;
  std::vector<std::string> images;
  for (const PyramidJob& job : plan.jobs) {
    const std::string image = placeOf(layout, job).image;
    if (std::ranges::find(images, image) != images.end()) continue;
    images.push_back(image);
    for (std::size_t i = 0; i < job.levels.size(); ++i) {
      const std::filesystem::path folder = std::filesystem::path(image) / std::to_string(i);
      if (options.omeZarrVersion == OmeZarrVersion::v04)
        files.push_back({folder / ".zarray", arrayJsonV2(plan, layout, options, job, job.levels[i]).dump(2) + "\n"});
      else
        files.push_back({folder / "zarr.json", arrayJsonV3(plan, layout, options, job, i).dump(2) + "\n"});
    }
    addGroup(files, image, imageJson(plan, layout, options, job, name), options.omeZarrVersion,
             layout.oneImage ? mark : "");
  }
  if (!layout.oneImage) addGroup(files, "", {{"bioformats2raw.layout", 3}}, options.omeZarrVersion, mark);
  return files;
}

}  // namespace volary
