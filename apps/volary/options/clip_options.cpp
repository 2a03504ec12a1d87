#include "options/clip_options.h"

#include "options/command_line.h"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

namespace volary {

namespace {

Box3 parseClipBox(const std::string& text) {
  const auto n = parseNumbers("--clip-box", text, 6, "0,0,0,100,80,50");
  const Box3 box{{n[0], n[1], n[2]}, {n[3], n[4], n[5]}};
  if (glm::any(glm::greaterThan(box.min, box.max)))
    throw UsageError(fmt::format("--clip-box {}: its second corner must not be below its first", text));
  return box;
}

}  // namespace

void addClipOptions(CLI::App& command, ClipOptions& options) {
  command
      .add_option("--clip-box", options.box,
                  "Show only the inside of this box of the world, from corner to corner [see below]")
      ->type_name("X0,Y0,Z0,X1,Y1,Z1");
  command
      .add_option("--clip-plane", options.planes,
                  "Show only points p of the world with NX*px + NY*py + NZ*pz >= D; may be given up to six times")
      ->type_name("NX,NY,NZ,D")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll)
      ->allow_extra_args(false);
}

void applyClipOptions(const ClipOptions& options, View& view) {
  if (options.box.empty() && options.planes.empty()) return;
  if (options.planes.size() > Clip::kMostPlanes)
    throw UsageError(
        fmt::format("--clip-plane is given {} times; {} is the most", options.planes.size(), Clip::kMostPlanes));
  view.clip = {};
  if (!options.box.empty()) view.clip.box = parseClipBox(options.box);
  for (const std::string& plane : options.planes) view.clip.planes.push_back(parsePlane("--clip-plane", plane));
}

}  // namespace volary
