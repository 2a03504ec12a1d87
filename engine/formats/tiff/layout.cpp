#include "formats/tiff/layout.h"

#include "base/error.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace volary::tiff {

namespace {

struct UnitName {
  std::string_view name;  // in lower case
  std::string_view plain;
};
constexpr UnitName kUnits[] = {{"um", "µm"},
                               {"micron", "µm"},
                               {"microns", "µm"},
                               {"micrometer", "µm"},
                               {"micrometers", "µm"},
                               {"micrometre", "µm"},
                               {"micrometres", "µm"},
                               {"\xb5m", "µm"},
                               {"\\u00b5m", "µm"},
                               {"\xc2\xb5m", "µm"},
                               {"\xce\xbcm", "µm"},
                               {"\\u03bcm", "µm"},
                               {"nanometer", "nm"},
                               {"nanometers", "nm"},
                               {"nanometre", "nm"},
                               {"nanometres", "nm"},
                               {"nm", "nm"},
                               {"millimeter", "mm"},
                               {"millimeters", "mm"},
                               {"millimetre", "mm"},
                               {"millimetres", "mm"},
                               {"mm", "mm"},
                               {"centimeter", "cm"},
                               {"centimeters", "cm"},
                               {"centimetre", "cm"},
                               {"cm", "cm"},
                               {"meter", "m"},
                               {"metre", "m"},
                               {"m", "m"},
                               {"angstrom", "Å"},
                               {"\xc3\x85", "Å"},
                               {"inch", "inch"},
                               {"inches", "inch"},
                               {"in", "inch"},
                               {"pixel", "pixel"},
                               {"pixels", "pixel"},
                               {"px", "pixel"},
                               {"", "pixel"},
                               {"referenceframe", "pixel"},
                               {"reference frame", "pixel"},
                               {"pm", "pm"},
                               {"km", "km"}};

struct Length {
  std::string_view unit;
  double micrometres;
};
constexpr Length kLengths[] = {{"µm", 1.0}, {"nm", 1e-3}, {"mm", 1e3}, {"cm", 1e4},    {"m", 1e6},
                               {"Å", 1e-4}, {"pm", 1e-6}, {"km", 1e9}, {"inch", 25400}};

}  // namespace

void makePlaces(ImageGroup& group, const std::string& what) {
  const double count = static_cast<double>(group.planes) * static_cast<double>(group.timepoints) *
                       static_cast<double>(group.channels.size());
  if (group.planes < 1 || group.timepoints < 1 || group.channels.empty() || count > static_cast<double>(kMaxPlanes))
    fail("{} is said to have {} planes, {} channels and {} time points, which is absurd", what, group.planes,
         group.channels.size(), group.timepoints);
  group.places.assign(static_cast<std::size_t>(count), {});
}

std::vector<Channel> channelsOfSamples(const PageFormat& format) {
  const bool isColour = format.photometric == static_cast<std::uint16_t>(Photometric::rgb) ||
                        format.photometric == static_cast<std::uint16_t>(Photometric::ycbcr);
  std::vector<Channel> channels(static_cast<std::size_t>(format.samples));
  const std::size_t colours = isColour && channels.size() >= 3 ? 3 : 0;
  constexpr std::array<std::string_view, 3> kNames = {"red", "green", "blue"};
  for (std::size_t i = 0; i < colours; ++i) {
    channels[i].name = kNames[i];
    dvec3 colour(0.0);
    colour[static_cast<int>(i)] = 1.0;
    channels[i].colour = colour;
  }
  // Opacity is no light. Its channel is black, so it adds nothing to the picture, but is there for those who ask for
  // it.
  constexpr std::uint16_t kAssociatedAlpha = 1;
  constexpr std::uint16_t kUnassociatedAlpha = 2;
  const std::size_t base = colours > 0 ? colours : 1;
  // Undescribed samples after the colours are opacity as a rule, and no light either.
  for (std::size_t i = 3; colours > 0 && i < channels.size(); ++i) channels[i].colour = dvec3(0.0);
  for (std::size_t i = 0; i < format.extraSamples.size() && base + i < channels.size(); ++i)
    if (format.extraSamples[i] == kAssociatedAlpha || format.extraSamples[i] == kUnassociatedAlpha)
      channels[base + i] = {.name = "alpha", .colour = dvec3(0.0), .range = std::nullopt};
  return channels;
}

std::string plainUnit(std::string_view unit) {
  std::string lower;
  for (const char c : unit) lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  const auto found = std::ranges::find(kUnits, lower, &UnitName::name);
  return std::string(found != std::end(kUnits) ? found->plain : unit);
}

std::optional<double> findMicrometres(std::string_view plainUnit) {
  const auto found = std::ranges::find(kLengths, plainUnit, &Length::unit);
  return found != std::end(kLengths) ? std::optional(found->micrometres) : std::nullopt;
}

}  // namespace volary::tiff
