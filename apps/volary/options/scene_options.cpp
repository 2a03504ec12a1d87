#include "options/scene_options.h"

#include "base/error.h"
#include "options/command_line.h"
#include "pyramid/level_transform.h"
#include "scene/view_names.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

namespace volary {

namespace {

constexpr std::string_view kAll = "all";

/// The ids of --setup; empty for "all", and for none.
std::vector<int> parseSetups(const std::string& text) {
  std::vector<int> ids;
  if (text.empty() || text == kAll) return ids;
  for (const std::string_view part : split(text, ',')) {
    int id = 0;
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), id);
    if (part.empty() || error != std::errc() || end != part.data() + part.size())
      throw UsageError(fmt::format("--setup takes an id, some with commas between them, or all, not '{}'", text));
    if (std::ranges::find(ids, id) != ids.end())
      throw UsageError(fmt::format("--setup {}: {} is listed twice", text, id));
    ids.push_back(id);
  }
  return ids;
}

dvec3 parseColour(std::string_view text) {
  static const std::map<std::string_view, dvec3> kNames = {
      {"white", {1, 1, 1}},  {"grey", {1, 1, 1}},    {"gray", {1, 1, 1}}, {"red", {1, 0, 0}},
      {"green", {0, 1, 0}},  {"blue", {0, 0, 1}},    {"cyan", {0, 1, 1}}, {"magenta", {1, 0, 1}},
      {"yellow", {1, 1, 0}}, {"orange", {1, 0.5, 0}}};
  if (const auto named = kNames.find(text); named != kNames.end()) return named->second;
  unsigned rgb = 0;
  const bool hex = text.size() == 7 && text.front() == '#';
  const auto [end, error] = std::from_chars(text.data() + (hex ? 1 : 0), text.data() + text.size(), rgb, 16);
  if (!hex || error != std::errc() || end != text.data() + text.size())
    throw UsageError(
        fmt::format("--colour takes names (white, red, green, blue, cyan, magenta, yellow, orange) or #rrggbb, "
                    "with commas between them, not '{}'",
                    text));
  return dvec3(rgb >> 16, rgb >> 8 & 255, rgb & 255) / 255.0;
}

std::vector<dvec3> parseColours(const std::string& text) {
  std::vector<dvec3> colours;
  if (text.empty()) return colours;
  for (const std::string_view part : split(text, ',')) colours.push_back(parseColour(part));
  return colours;
}

/// The looks of the listed setups, in that order: those of the view, or else those of makeLooks().
std::vector<SetupLook> chooseLooks(const std::vector<int>& ids, const View& view, const Dataset& dataset) {
  View complete = view;
  completeLooks(complete, dataset);
  std::vector<SetupLook> looks;
  for (const int id : ids) {
    looks.push_back(lookOf(complete, id));
    looks.back().visible = true;
  }
  return looks;
}

std::vector<int> allSetups(const Dataset& dataset) {
  std::vector<int> ids;
  for (const Setup& setup : dataset.setups) ids.push_back(setup.id);
  return ids;
}

}  // namespace

void addSceneOptions(CLI::App& command, SceneOptions& options) {
  command
      .add_option("--setup", options.setups,
                  "Id of a view setup (channel, angle, tile), several with commas between them, or all [the first]")
      ->type_name("ID[,ID...]|all");
  command.add_option("--time", options.timepoint, "Id of the time point [the first that has this setup]")
      ->type_name("ID");
  command
      .add_option(
          "--colour,--color", options.colours,
          "Colours of the setups: names or #rrggbb [one setup: white; several: the file's, or green, magenta, cyan, "
          "yellow, red, blue by channel]")
      ->type_name("C[,C...]");
  command.add_option("--blend", options.blend, "How setups are mixed: sum, max or over [sum]")
      ->type_name("KIND")
      ->check(CLI::IsMember(idsOf<Blend>()));
}

void checkSceneOptions(const SceneOptions& options) {
  const std::vector<int> setups = parseSetups(options.setups);
  const std::size_t colours = parseColours(options.colours).size();
  const std::size_t most = options.setups == kAll ? colours : std::max<std::size_t>(1, setups.size());
  if (colours > most) throw UsageError(fmt::format("--colour has {} colours for {} setups", colours, most));
}

ImageId findCurrentImage(const SceneOptions& options, const View* saved, const Dataset& dataset) {
  const std::vector<int> setups = parseSetups(options.setups);
  ImageChoice choice{.timepoint = options.timepoint};
  if (!setups.empty())
    choice.setup = setups.front();
  else if (saved)
    choice.setup = saved->setup;
  if (saved && !choice.timepoint) choice.timepoint = saved->timepoint;
  for (const int id : setups) findSetupIndex(dataset, id);
  return findImage(dataset, choice);
}

void applySceneOptions(const SceneOptions& options, const Dataset& dataset, ImageId current, View& view) {
  view.setup = dataset.setups[static_cast<std::size_t>(current.setup)].id;
  view.timepoint = dataset.timepoints[static_cast<std::size_t>(current.timepoint)];
  const std::vector<int> setups = options.setups == kAll ? allSetups(dataset) : parseSetups(options.setups);
  if (setups.size() > 1) {
    view.looks = chooseLooks(setups, view, dataset);
    view.fused = true;
  } else if (setups.size() == 1) {
    view.fused = false;
  }
  view.blend = findNamed<Blend>(options.blend).value_or(view.blend);

  const std::vector<dvec3> colours = parseColours(options.colours);
  if (colours.empty()) return;
  const FrameVector<SetupLook> shown = shownLooks(view);
  for (std::size_t i = 0; i < std::min(colours.size(), shown.size()); ++i)
    editLook(view, shown[i].setup).colour = colours[i];
}

std::optional<Box3> findSceneBox(const View& view, Source& source) {
  const FrameVector<SetupLook> shown = shownLooks(view);
  if (shown.size() < 2) return std::nullopt;
  const Dataset& dataset = source.dataset();
  std::optional<Box3> all;
  for (const SetupLook& look : shown) {
    const ImageId image{findSetupIndex(dataset, look.setup), findTimepointIndex(dataset, view.timepoint)};
    const Setup& setup = dataset.setups[static_cast<std::size_t>(image.setup)];
    const auto timepoint = static_cast<std::size_t>(image.timepoint);
    if (!setup.present[timepoint]) continue;
    try {
      const Box3 box = worldBox(source.pyramid(image), setup.worldFromVoxel[timepoint]);
      all = all ? Box3{glm::min(all->min, box.min), glm::max(all->max, box.max)} : box;
    } catch (const Error&) {
      continue;  // drawing it meets the same error and reports it
    }
  }
  return all;
}

}  // namespace volary
