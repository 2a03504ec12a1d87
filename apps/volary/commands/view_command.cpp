#include "options/command_line.h"
#include "options/paging_options.h"
#include "options/sidecar_options.h"
#include "options/view_file.h"
#include "scene/view.h"
#include "viewer/viewer.h"

#include <CLI/CLI.hpp>

namespace volary {

namespace {

struct ViewOptions {
  std::string file;
  std::string viewFile;
  std::string size = "1280x800";
  std::string statusFile;
  bool noPrefetch = false;
  SidecarOptions sidecar;
  PagingOptions paging;
};

int runView(const ViewOptions& options) {
  ViewerOptions viewer;
  viewer.location = options.file;
  viewer.engine = makeEngineSettings(options.paging);
  viewer.device = options.paging.device;
  viewer.validation = wantsValidation(options.paging);
  viewer.prefetch = !options.noPrefetch;
  if (options.sidecar.wanted) viewer.sidecar = makeSidecarSettings(options.sidecar);
  viewer.windowSize = parseSize2("--size", options.size);
  if (!options.viewFile.empty()) viewer.view = readViewFile(options.viewFile);
  viewer.statusFile = options.statusFile;
  return runViewer(viewer);
}

}  // namespace

void addViewCommand(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<ViewOptions>();
  CLI::App* command = app.add_subcommand("view", "Open the viewer, as volary FILE does");
  command->add_option("FILE", options->file, fileHelp())->required();
  command
      ->add_option("--view", options->viewFile,
                   "Start with the view in a file that volary render --save-view wrote, or in a picture")
      ->type_name("VIEW.json|PICTURE.png");
  command->add_option("--size", options->size, "Window size")->type_name("WxH")->capture_default_str();
  addPagingOptions(*command, options->paging);
  command->add_flag("--no-prefetch", options->noPrefetch,
                    "Load only what is in view, nothing ahead of the camera, the planes or time");
  addSidecarOptions(*command, options->sidecar);
  command->add_option("--status-file", options->statusFile)->group("");
  command->footer(
      "F1 or H in the window lists every key. Without a display use volary render.\n\n"
      "Example: volary embryo.xml --cache-mb 1024");
  command->callback([options, &chosen] { chosen = [options] { return runView(*options); }; });
}

}  // namespace volary
