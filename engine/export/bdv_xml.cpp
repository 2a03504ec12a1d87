#include "export/bdv_xml.h"

#include "base/error.h"

#include <fmt/ranges.h>
#include <pugixml.hpp>

#include <sstream>

namespace volary {
namespace {

pugi::xml_node add(pugi::xml_node parent, const char* name, const std::string& text) {
  pugi::xml_node node = parent.append_child(name);
  node.text().set(text.c_str());
  return node;
}

// Colour and contrast, in the words of BigDataViewer-Playground; BigDataViewer itself keeps and ignores them.
void addDisplaySettings(pugi::xml_node entities, int id, const Setup& setup) {
  pugi::xml_node settings = entities.append_child("Displaysettings");
  add(settings, "id", std::to_string(id));
  add(settings, "isset", "true");
  const dvec3 colour = glm::round(255.0 * setup.displayColour.value_or(dvec3(1.0)));
  add(settings, "color", fmt::format("{} {} {} 255", int(colour.x), int(colour.y), int(colour.z)));
  const ValueRange range = setup.displayRange.value_or(ValueRange{0, 65535});
  add(settings, "min", fmt::format("{}", range.min));
  add(settings, "max", fmt::format("{}", range.max));
  add(settings, "Projection_Mode", "Sum");
}

void addSetups(pugi::xml_node setups, const Dataset& dataset, const std::vector<i64vec3>& fullSizes) {
  pugi::xml_node channels, display;
  for (std::size_t i = 0; i < dataset.setups.size(); ++i) {
    const Setup& setup = dataset.setups[i];
    pugi::xml_node node = setups.append_child("ViewSetup");
    add(node, "id", std::to_string(setup.id));
    add(node, "name", setup.name);
    add(node, "size", fmt::format("{} {} {}", fullSizes[i].x, fullSizes[i].y, fullSizes[i].z));
    pugi::xml_node voxelSize = node.append_child("voxelSize");
    add(voxelSize, "unit", setup.unit);
    add(voxelSize, "size", fmt::format("{} {} {}", setup.voxelSize.x, setup.voxelSize.y, setup.voxelSize.z));
    pugi::xml_node attributes = node.append_child("attributes");
    add(attributes, "channel", std::to_string(setup.id + 1));
    if (setup.displayColour || setup.displayRange) add(attributes, "displaysettings", std::to_string(setup.id));
  }
  channels = setups.append_child("Attributes");
  channels.append_attribute("name") = "channel";
  for (const Setup& setup : dataset.setups) {
    pugi::xml_node channel = channels.append_child("Channel");
    add(channel, "id", std::to_string(setup.id + 1));
    add(channel, "name", setup.name);
    if (!setup.displayColour && !setup.displayRange) continue;
    if (!display) {
      display = setups.append_child("Attributes");
      display.append_attribute("name") = "displaysettings";
    }
    addDisplaySettings(display, setup.id, setup);
  }
}

void addTimepoints(pugi::xml_node sequence, const std::vector<int>& ids) {
  pugi::xml_node timepoints = sequence.append_child("Timepoints");
  const bool contiguous = ids.back() - ids.front() + 1 == static_cast<int>(ids.size());
  timepoints.append_attribute("type") = contiguous ? "range" : "list";
  if (contiguous) {
    add(timepoints, "first", std::to_string(ids.front()));
    add(timepoints, "last", std::to_string(ids.back()));
  } else {
    for (const int id : ids) add(timepoints.append_child("Timepoint"), "id", std::to_string(id));
  }
}

pugi::xml_node addView(pugi::xml_node parent, const char* name, int timepoint, int setup) {
  pugi::xml_node view = parent.append_child(name);
  view.append_attribute("timepoint") = timepoint;
  view.append_attribute("setup") = setup;
  return view;
}

// The 3 x 4 matrix, row by row.
std::string affineText(const dmat4& worldFromVoxel) {
  std::string text;
  for (int row = 0; row < 3; ++row)
    for (int column = 0; column < 4; ++column)
      text += fmt::format("{}{}", text.empty() ? "" : " ", worldFromVoxel[column][row]);
  return text;
}

}  // namespace

std::string makeBdvXml(const Dataset& dataset, const std::vector<i64vec3>& fullSizes, const BdvXmlFiles& files) {
  pugi::xml_document document;
  pugi::xml_node declaration = document.append_child(pugi::node_declaration);
  declaration.append_attribute("version") = "1.0";
  declaration.append_attribute("encoding") = "UTF-8";
  if (!files.comment.empty()) document.append_child(pugi::node_comment).set_value(files.comment.c_str());
  pugi::xml_node root = document.append_child("SpimData");
  root.append_attribute("version") = "0.2";
  add(root, "BasePath", ".").append_attribute("type") = "relative";

  pugi::xml_node sequence = root.append_child("SequenceDescription");
  pugi::xml_node loader = sequence.append_child("ImageLoader");
  loader.append_attribute("format") = "bdv.hdf5";
  add(loader, "hdf5", files.hdf5Name).append_attribute("type") = "relative";
  for (const BdvPartition& partition : files.partitions) {
    pugi::xml_node node = loader.append_child("partition");
    add(node, "path", partition.file).append_attribute("type") = "relative";
    add(node, "timepoints", fmt::format("{}", fmt::join(partition.timepoints, " ")));
    add(node, "setups", fmt::format("{}", fmt::join(partition.setups, " ")));
  }
  addSetups(sequence.append_child("ViewSetups"), dataset, fullSizes);
  addTimepoints(sequence, dataset.timepoints);
  pugi::xml_node missing = sequence.append_child("MissingViews");

  pugi::xml_node registrations = root.append_child("ViewRegistrations");
  for (std::size_t t = 0; t < dataset.timepoints.size(); ++t)
    for (const Setup& setup : dataset.setups) {
      if (!setup.present[t]) addView(missing, "MissingView", dataset.timepoints[t], setup.id);
      pugi::xml_node view = addView(registrations, "ViewRegistration", dataset.timepoints[t], setup.id);
      pugi::xml_node transform = view.append_child("ViewTransform");
      transform.append_attribute("type") = "affine";
      add(transform, "Name", "calibration");
      add(transform, "affine", affineText(setup.worldFromVoxel[t]));
    }
  std::ostringstream text;
  document.save(text, "  ");
  return text.str();
}

}  // namespace volary
