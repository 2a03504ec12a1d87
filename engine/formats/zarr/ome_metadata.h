#pragma once

#include "formats/arrays/axis_roles.h"
#include "formats/arrays/multiscale_image.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The metadata of OME-NGFF, versions 0.1 to 0.5, as plain structs; no other file is looked at. All functions take the
/// attributes of a group (see omeAttributes) and throw Error without the file's name.
namespace volary::zarr {

/// One number for each axis: world = scale * index + translation.
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
  std::string version;  ///< "0.4"; empty if not stated
  std::string name;
  std::vector<arrays::NamedAxis> axes;  ///< empty if not stated
  std::vector<OmeLevel> levels;
};

bool hasMultiscales(const nlohmann::json& attributes);
/// The first image of "multiscales". What is not understood becomes a warning.
OmeMultiscale parseMultiscale(const nlohmann::json& attributes, std::vector<std::string>& warnings);
/// The channels of "omero"; empty if there are none.
std::vector<arrays::ChannelInfo> parseChannels(const nlohmann::json& attributes);

bool isPlate(const nlohmann::json& attributes);
bool isWell(const nlohmann::json& attributes);
std::string parsePlateName(const nlohmann::json& attributes);
/// The version of the specification that a plate or well states; may be empty.
std::string parseVersion(const nlohmann::json& attributes);
/// The folders of the wells, "A/1", and of the fields of a well, "0".
std::vector<std::string> parseWellPaths(const nlohmann::json& attributes);
std::vector<std::string> parseFieldPaths(const nlohmann::json& attributes);

}  // namespace volary::zarr
