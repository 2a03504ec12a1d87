#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <filesystem>
#include <vector>

/// Small Zarr arrays of uint16 written without codecs, for tests that need a layout which no real file has.
namespace volary::test {

/// The value of the voxel at a place of an array: no two of a small array are alike.
std::uint16_t zarrValue(const std::vector<std::int64_t>& at, const std::vector<std::int64_t>& shape);

struct ZarrFile {
  std::vector<std::int64_t> shape;
  std::vector<std::int64_t> chunks;
  int version = 2;
  bool isFortranOrder = false;  ///< version 2; in version 3 a transpose codec that reverses the axes
  nlohmann::json extra = nlohmann::json::object();  ///< members to add to, or replace in, the metadata
};

/// Writes metadata and all chunks.
void writeZarrArray(const std::filesystem::path& folder, const ZarrFile& file);

void writeJson(const std::filesystem::path& file, const nlohmann::json& content);

/// Writes the attributes of a group of version 2, or of version 3 with `attributes` in "ome".
void writeZarrGroup(const std::filesystem::path& folder, const nlohmann::json& attributes, int version = 2);

/// The attributes of a multiscale image: its levels are the folders "0", "1" ...
nlohmann::json makeMultiscale(const std::vector<std::string>& axes, const std::vector<std::vector<double>>& scales);

}  // namespace volary::test
