#include "support/files/zarr_files.h"

#include "support/files/test_files.h"

#include <algorithm>
#include <string>

namespace volary::test {

using nlohmann::json;

std::uint16_t zarrValue(const std::vector<std::int64_t>& at, const std::vector<std::int64_t>& shape) {
  std::int64_t index = 0;
  for (std::size_t axis = 0; axis < at.size(); ++axis) index = index * shape[axis] + at[axis];
  return static_cast<std::uint16_t>(index * 7 + 1);
}

namespace {

/// Calls `visit` with each place of a box, the last axis fastest.
template <typename Visit>
void forEachPlace(const std::vector<std::int64_t>& extents, Visit visit) {
  std::vector<std::int64_t> at(extents.size(), 0);
  for (;;) {
    visit(at);
    std::size_t axis = extents.size();
    while (axis > 0 && ++at[axis - 1] == extents[axis - 1]) at[--axis] = 0;
    if (axis == 0) return;
  }
}

json metadataOf(const ZarrFile& file) {
  json metadata;
  if (file.version == 2) {
    metadata = {{"zarr_format", 2}, {"shape", file.shape},        {"chunks", file.chunks},
                {"dtype", "<u2"},   {"compressor", nullptr},      {"filters", nullptr},
                {"fill_value", 0},  {"dimension_separator", "/"}, {"order", file.isFortranOrder ? "F" : "C"}};
  } else {
    json codecs = json::array();
    if (file.isFortranOrder) {
      json order = json::array();
      for (std::size_t axis = file.shape.size(); axis-- > 0;) order.push_back(axis);
      codecs.push_back({{"name", "transpose"}, {"configuration", {{"order", order}}}});
    }
    codecs.push_back({{"name", "bytes"}, {"configuration", {{"endian", "little"}}}});
    metadata = {{"zarr_format", 3},
                {"node_type", "array"},
                {"shape", file.shape},
                {"data_type", "uint16"},
                {"chunk_grid", {{"name", "regular"}, {"configuration", {{"chunk_shape", file.chunks}}}}},
                {"chunk_key_encoding", {{"name", "default"}}},
                {"fill_value", 0},
                {"codecs", codecs}};
  }
  metadata.update(file.extra);
  return metadata;
}

}  // namespace

void writeJson(const std::filesystem::path& file, const json& content) {
  std::filesystem::create_directories(file.parent_path());
  writeText(file, content.dump());
}

void writeZarrArray(const std::filesystem::path& folder, const ZarrFile& file) {
  writeJson(folder / (file.version == 2 ? ".zarray" : "zarr.json"), metadataOf(file));
  std::vector<std::int64_t> grid;
  for (std::size_t axis = 0; axis < file.shape.size(); ++axis)
    grid.push_back((file.shape[axis] + file.chunks[axis] - 1) / file.chunks[axis]);
  std::vector<std::int64_t> stored = file.chunks;
  if (file.isFortranOrder) std::ranges::reverse(stored);
  forEachPlace(grid, [&](const std::vector<std::int64_t>& chunk) {
    std::filesystem::path name = file.version == 2 ? folder : folder / "c";
    for (const std::int64_t index : chunk) name /= std::to_string(index);
    std::string bytes;
    forEachPlace(stored, [&](std::vector<std::int64_t> at) {
      if (file.isFortranOrder) std::ranges::reverse(at);
      for (std::size_t axis = 0; axis < at.size(); ++axis) at[axis] += chunk[axis] * file.chunks[axis];
      const std::uint16_t value = zarrValue(at, file.shape);
      bytes += static_cast<char>(value & 0xff);
      bytes += static_cast<char>(value >> 8);
    });
    std::filesystem::create_directories(name.parent_path());
    writeText(name, bytes);
  });
}

void writeZarrGroup(const std::filesystem::path& folder, const json& attributes, int version) {
  if (version == 3) {
    writeJson(folder / "zarr.json",
              {{"zarr_format", 3}, {"node_type", "group"}, {"attributes", {{"ome", attributes}}}});
    return;
  }
  writeJson(folder / ".zgroup", {{"zarr_format", 2}});
  writeJson(folder / ".zattrs", attributes);
}

json makeMultiscale(const std::vector<std::string>& axes, const std::vector<std::vector<double>>& scales) {
  json named = json::array();
  for (const std::string& axis : axes) {
    const std::string type = axis == "t" ? "time" : axis == "c" ? "channel" : "space";
    named.push_back({{"name", axis}, {"type", type}});
    if (type == "space") named.back()["unit"] = "micrometer";
  }
  json datasets = json::array();
  for (const std::vector<double>& scale : scales)
    datasets.push_back({{"path", std::to_string(datasets.size())},
                        {"coordinateTransformations", json::array({{{"type", "scale"}, {"scale", scale}}})}});
  return {
      {"multiscales", json::array({{{"version", "0.4"}, {"name", "small"}, {"axes", named}, {"datasets", datasets}}})}};
}

}  // namespace volary::test
