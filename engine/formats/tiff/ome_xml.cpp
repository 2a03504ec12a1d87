#include "formats/tiff/ome_xml.h"

#include "base/error.h"
#include "base/text_values.h"

#include <pugixml.hpp>

#include <algorithm>
#include <cmath>

namespace volary::tiff {

namespace {

// pugixml recurses into what it finds: deeper nesting than any OME-XML has is refused first.
constexpr int kMaxNesting = 200;

std::string_view localName(const pugi::xml_node& node) {
  const std::string_view name = node.name();
  return name.substr(name.find(':') == name.npos ? 0 : name.find(':') + 1);
}

pugi::xml_node findChild(const pugi::xml_node& parent, std::string_view name) {
  return parent.find_child([&](const pugi::xml_node& child) { return localName(child) == name; });
}

template <typename Visit>
void forEachChild(const pugi::xml_node& parent, std::string_view name, const Visit& visit) {
  for (const pugi::xml_node& child : parent.children())
    if (localName(child) == name) visit(child);
}

std::optional<std::int64_t> findNumber(const pugi::xml_node& node, const char* name) {
  // Colours are found above 2^31 too.
  constexpr double kMax = 9e15;
  const std::optional<double> value = findDouble(node.attribute(name).value());
  if (!value || !(std::abs(*value) <= kMax)) return std::nullopt;
  return static_cast<std::int64_t>(*value);
}

std::int64_t count(const pugi::xml_node& node, const char* name, std::int64_t absent) {
  return std::max<std::int64_t>(0, findNumber(node, name).value_or(absent));
}

std::optional<OmeLength> findLength(const pugi::xml_node& node, const std::string& name) {
  const std::optional<double> value = findDouble(node.attribute(name.c_str()).value());
  if (!value || !std::isfinite(*value)) return std::nullopt;
  // Without a unit, lengths are micrometres; positions are, since 2015, in the frame of reference.
  return OmeLength{*value, node.attribute((name + "Unit").c_str()).as_string("")};
}

OmeChannel readChannel(const pugi::xml_node& node) {
  OmeChannel channel{.name = node.attribute("Name").value(),
                     .samples = std::max<std::int64_t>(1, count(node, "SamplesPerPixel", 1)),
                     .colour = std::nullopt};
  // A signed number of 32 bits, red in the highest byte, opacity in the lowest. Black is "nobody chose one".
  if (const std::optional<std::int64_t> stated = findNumber(node, "Color")) {
    const auto rgba = static_cast<std::uint32_t>(*stated);
    const dvec3 colour = dvec3(rgba >> 24, rgba >> 16 & 255, rgba >> 8 & 255) / 255.0;
    if (colour != dvec3(0.0)) channel.colour = colour;
  }
  return channel;
}

OmeTiffData readTiffData(const pugi::xml_node& node) {
  OmeTiffData data{.ifd = findNumber(node, "IFD"),
                   .firstZ = count(node, "FirstZ", 0),
                   .firstC = count(node, "FirstC", 0),
                   .firstT = count(node, "FirstT", 0),
                   .planeCount = findNumber(node, "PlaneCount")};
  if (const pugi::xml_node uuid = findChild(node, "UUID")) {
    data.uuid = trim(uuid.text().get());
    data.fileName = uuid.attribute("FileName").value();
  }
  return data;
}

OmeImage readImage(const pugi::xml_node& node, const pugi::xml_node& pixels) {
  OmeImage image{.name = node.attribute("Name").value(),
                 .dimensionOrder = pixels.attribute("DimensionOrder").as_string("XYZCT"),
                 .sizeX = count(pixels, "SizeX", 0),
                 .sizeY = count(pixels, "SizeY", 0),
                 .sizeZ = count(pixels, "SizeZ", 1),
                 .sizeC = count(pixels, "SizeC", 1),
                 .sizeT = count(pixels, "SizeT", 1),
                 .type = pixels.attribute("Type").as_string(pixels.attribute("PixelType").value())};
  std::string sorted = image.dimensionOrder;
  std::ranges::sort(sorted);
  if (sorted != "CTXYZ" || !image.dimensionOrder.starts_with("XY"))
    fail("its OME-XML has the dimension order \"{}\"", image.dimensionOrder);
  const std::string axes[3] = {"X", "Y", "Z"};
  for (int axis = 0; axis < 3; ++axis) image.physicalSize[axis] = findLength(pixels, "PhysicalSize" + axes[axis]);
  forEachChild(pixels, "Channel", [&](const pugi::xml_node& child) {
    if (image.channels.size() < std::size_t{kMaxChannels}) image.channels.push_back(readChannel(child));
  });
  forEachChild(pixels, "TiffData", [&](const pugi::xml_node& child) { image.tiffData.push_back(readTiffData(child)); });
  if (const pugi::xml_node plane = findChild(pixels, "Plane"))
    for (int axis = 0; axis < 3; ++axis) image.position[axis] = findLength(plane, "Position" + axes[axis]);
  return image;
}

/// Refuses text that is nested deeper than kMaxNesting. It only counts tags, so what it lets pass may still be unsound.
void checkNesting(std::string_view text) {
  int depth = 0;
  for (std::size_t at = text.find('<'); at != text.npos && at + 1 < text.size(); at = text.find('<', at + 1)) {
    const char next = text[at + 1];
    if (next == '!' || next == '?') continue;
    if (next == '/') {
      --depth;
      continue;
    }
    const std::size_t end = text.find('>', at);
    if (end == text.npos) return;
    if (text[end - 1] != '/' && ++depth > kMaxNesting) fail("its OME-XML is nested more than {} deep", kMaxNesting);
  }
}

}  // namespace

bool looksLikeOmeXml(std::string_view text) {
  // Behind the XML declaration there may be a long comment.
  const std::string_view head = trim(text.substr(0, 16384));
  if (!head.starts_with('<') && !head.starts_with("\xef\xbb\xbf<")) return false;
  for (std::size_t at = head.find("OME"); at != head.npos; at = head.find("OME", at + 1)) {
    const bool opens = at > 0 && (head[at - 1] == '<' || head[at - 1] == ':');
    const char next = at + 3 < head.size() ? head[at + 3] : '\0';
    if (opens && (next == ' ' || next == '>' || next == '\n' || next == '\r' || next == '\t')) return true;
  }
  return false;
}

OmeXml parseOmeXml(std::string_view text) {
  checkNesting(text);
  pugi::xml_document document;
  const pugi::xml_parse_result result = document.load_buffer(text.data(), text.size());
  if (!result) fail("its OME-XML can't be read: {} at byte {}", result.description(), result.offset);
  const pugi::xml_node root = findChild(document, "OME");
  if (!root) fail("its OME-XML has no element OME");

  OmeXml xml{.uuid = root.attribute("UUID").value()};
  if (const pugi::xml_node binaryOnly = findChild(root, "BinaryOnly"))
    xml.metadataFile = binaryOnly.attribute("MetadataFile").value();
  forEachChild(root, "Image", [&](const pugi::xml_node& image) {
    if (const pugi::xml_node pixels = findChild(image, "Pixels")) xml.images.push_back(readImage(image, pixels));
  });
  return xml;
}

}  // namespace volary::tiff
