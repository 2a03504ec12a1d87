#include "clip_options.h"

#include "command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <cmath>

namespace volary {

namespace {

std::vector<double> parseNumbers(const std::string& option, const std::string& text, std::size_t count,
                                 std::string_view example) {
  std::vector<double> numbers;
  for (const std::string_view part : split(text, ',')) {
    const auto number = findNumber<double>(part);
    if (!number || !std::isfinite(*number)) break;
    numbers.push_back(*number);
  }
  if (numbers.size() != count || split(text, ',').size() != count)
    throw UsageError(fmt::format("{} takes {} numbers, like {}, not '{}'", option, count, example, text));
  return numbers;
}

Box3 parseClipBox(const std::string& text) {
  const auto n = parseNumbers("--clip-box", text, 6, "0,0,0,100,80,50");
  const Box3 box{{n[0], n[1], n[2]}, {n[3], n[4], n[5]}};
  if (glm::any(glm::greaterThan(box.min, box.max)))
    throw UsageError(fmt::format("--clip-box {}: its second corner must not be below its first", text));
  return box;
}

ClipPlane parseClipPlane(const std::string& text) {
  const auto n = parseNumbers("--clip-plane", text, 4, "0,0,1,25");
  const dvec3 normal(n[0], n[1], n[2]);
  const double length = glm::length(normal);
  if (!(length > 0.0) || !std::isfinite(length)) throw UsageError(fmt::format("--clip-plane {}: the normal is zero", text));
  return {.normal = normal / length, .offset = n[3] / length};
}

}  // namespace

void addClipOptions(CLI::App& command, ClipOptions& options) {
  command
      .add_option("--clip-box", options.box, "Show only what lies in this box of the world, from corner to corner [see below]")
      ->type_name("X0,Y0,Z0,X1,Y1,Z1");
  command
      .add_option("--clip-plane", options.planes,
                  "Show only points p of the world with NX*px + NY*py + NZ*pz >= D; may be given six times")
      ->type_name("NX,NY,NZ,D")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void applyClipOptions(const ClipOptions& options, View& view) {
  if (options.box.empty() && options.planes.empty()) return;
  if (options.planes.size() > Clip::kMostPlanes)
    throw UsageError(fmt::format("--clip-plane is given {} times; {} is the most", options.planes.size(), Clip::kMostPlanes));
  view.clip = {};
  if (!options.box.empty()) view.clip.box = parseClipBox(options.box);
  for (const std::string& plane : options.planes) view.clip.planes.push_back(parseClipPlane(plane));
}

}  // namespace volary
