#pragma once

#include "base/geometry.h"
#include "formats/arrays/array_level.h"
#include "pyramid/voxel_type.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The metadata of OME-NGFF, versions 0.1 to 0.5, as plain structs; no other file is looked at. All functions take the
/// attributes of a group (see omeAttributes) and throw Error without the file's name.
namespace volary::zarr {

struct OmeAxis {
  std::string name;
  std::string type;   ///< space, time, channel or another word; may be empty
  std::string unit;   ///< as stated: "micrometer"; may be empty
};

/// One number an axis: world = scale * index + translation.
struct AxisTransform {
  std::vector<double> scale;
  std::vector<double> translation;
};

struct OmeLevel {
  std::string path;
  std::optional<AxisTransform> transform;  ///< absent if nothing is stated (0.1 to 0.3)
  bool isTranslated = false;               ///< a translation of its own is stated
};

struct OmeMultiscale {
  std::string version;   ///< "0.4"; empty if not stated
  std::string name;
  std::vector<OmeAxis> axes;   ///< empty if not stated
  std::vector<OmeLevel> levels;
};

struct OmeChannel {
  std::string label;
  std::optional<dvec3> colour;       ///< r, g, b in [0, 1]
  std::optional<ValueRange> window;
  bool active = true;
};

bool hasMultiscales(const nlohmann::json& attributes);
/// The first image of "multiscales". What is not understood becomes a warning.
OmeMultiscale parseMultiscale(const nlohmann::json& attributes, std::vector<std::string>& warnings);
/// The channels of "omero"; empty if there are none.
std::vector<OmeChannel> parseChannels(const nlohmann::json& attributes);

bool isPlate(const nlohmann::json& attributes);
bool isWell(const nlohmann::json& attributes);
std::string parsePlateName(const nlohmann::json& attributes);
/// The version of the specification that a plate or well states; may be empty.
std::string parseVersion(const nlohmann::json& attributes);
/// The folders of the wells, "A/1", and of the fields of a well, "0".
std::vector<std::string> parseWellPaths(const nlohmann::json& attributes);
std::vector<std::string> parseFieldPaths(const nlohmann::json& attributes);

/// What each axis of an array of `shape` is, by name and type. Without axes: those of 0.2, or the last ones of
/// c, z, y, x. Axes that can't be placed are warned of.
arrays::AxisRoles findRoles(const std::vector<OmeAxis>& axes, const std::vector<std::int64_t>& shape,
                            std::vector<std::string>& warnings);

/// "micrometer" -> "µm": the UDUNITS-2 names of lengths that OME-NGFF allows; other words stay, no word is "pixel".
std::string shortUnit(const std::string& unit);

}  // namespace volary::zarr
