#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "commands/render_stats.h"
#include "export/image_file.h"
#include "formats/open.h"
#include "gpu/device.h"
#include "options/clip_options.h"
#include "options/command_line.h"
#include "options/paging_options.h"
#include "options/scene_options.h"
#include "options/sidecar_options.h"
#include "options/slab_options.h"
#include "options/view_file.h"
#include "paging/render_converged.h"
#include "picture/picture_text.h"
#include "pyramid/peaks.h"
#include "scene/view.h"
#include "scene/view_names.h"
#include "storage/atomic_file.h"

#include <CLI/CLI.hpp>

#include <algorithm>

namespace volary {

namespace {

constexpr ivec2 kDefaultSizePx{1280, 800};

/// The greatest opacity of transfer functions that have a name; a new view's function has it, too.
constexpr double kMaxOpacity = 0.5;

/// Warnings about failed bricks that are written one by one; the rest is a number.
constexpr std::size_t kErrorsShown = 5;

struct RenderOptions {
  std::string file;
  std::string output;
  std::string size;
  std::string mode;
  std::string viewFile;
  std::string saveViewFile;
  std::string axis;
  SceneOptions scene;
  std::optional<int> level;
  std::string range;
  std::string interpolation;
  std::optional<double> iso;
  std::optional<int> peaks;
  std::optional<int> jitter;
  std::optional<double> attenuation;
  bool exact = false;
  bool lighting = false;
  std::string transfer;
  ClipOptions clip;
  SlabOptions slab;
  std::string overlay;
  std::string statsFile;
  SidecarOptions sidecar{.wanted = false};
  PagingOptions paging;
};

/// The picture that is asked for.
struct Shot {
  View view;
  ivec2 sizePx{0};
};

std::vector<std::string> modeNames() {
  std::vector<std::string> names;
  for (const RenderModeInfo& mode : kRenderModes) names.emplace_back(mode.id);
  for (const Layout layout : {Layout::slices, Layout::oblique}) names.emplace_back(nameOf(layout).id);
  return names;
}

std::vector<std::string> transferNames() {
  std::vector<std::string> names = {"grey"};
  for (const ColourMap& map : colourMaps()) names.emplace_back(map.id);
  return names;
}

std::string modesHelp() {
  std::string text = "--mode:\n";
  for (const RenderModeInfo& mode : kRenderModes) text += fmt::format("  {:<12}{}\n", mode.id, mode.text);
  text += fmt::format("  {:<12}{}\n", nameOf(Layout::slices).id,
                      "2 x 2: three orthogonal planes, and the volume with them in it");
  return text + fmt::format("  {:<12}{}\n\n", nameOf(Layout::oblique).id, "one plane of any orientation");
}

void applyMode(const std::string& mode, View& view) {
  if (mode.empty()) return;
  view.layout = findNamed<Layout>(mode).value_or(Layout::volume);
  view.mode = findRenderMode(mode).value_or(view.mode);
}

// Checks all that can be checked without the file.
void checkOptions(const RenderOptions& options) {
  if (!options.output.ends_with(".png")) throw UsageError("-o " + options.output + ": the name must end in .png");
  if (!options.size.empty()) parseSize2("--size", options.size);
  if (!options.range.empty()) parseRange(options.range);
  checkSceneOptions(options.scene);
  View unused;
  applyClipOptions(options.clip, unused);
  applySlabOptions(options.slab, unused);
  if (options.axis.empty()) return;
  parseAxis(options.axis);
  if (!options.viewFile.empty()) throw UsageError("--axis and --view exclude each other");
  const auto layout = findNamed<Layout>(options.mode);
  if (layout == Layout::slices) throw UsageError("--axis is not for --mode slices, which has a panel for each axis");
  if (layout == Layout::oblique) throw UsageError("--axis is not for --mode oblique, which has --plane");
}

ivec2 findAxisPictureSize(const RenderOptions& options, const ImagePyramid& pyramid, int axis) {
  // An int holds no more; what a device can draw is checked by the caller.
  const i64vec3 size = pyramid.levels.front().sizeVoxels;
  if (std::max({size.x, size.y, size.z}) > std::int64_t(1) << 30)
    fail("{}: one pixel a voxel is too large a picture; give --size", options.file);
  return axisPictureSize(pyramid, axis);
}

Shot makeShot(const RenderOptions& options, Source& source) {
  const Dataset& dataset = source.dataset();
  std::optional<ivec2> size;
  if (!options.size.empty()) size = parseSize2("--size", options.size);

  // Where one looks from.
  Shot shot{.sizePx = size.value_or(kDefaultSizePx)};
  std::optional<View> saved;
  if (!options.viewFile.empty()) saved = readViewFile(options.viewFile);
  const ImageId image = findCurrentImage(options.scene, saved ? &*saved : nullptr, dataset);
  const ImagePyramid& pyramid = source.pyramid(image);
  View& view = shot.view;
  if (saved) view = *saved;
  applySceneOptions(options.scene, dataset, image, view);
  if (!options.axis.empty()) {
    const int axis = parseAxis(options.axis);
    shot.sizePx = size ? *size : findAxisPictureSize(options, pyramid, axis);
    pointAlongAxis(view, dataset, pyramid, image, axis, size, findSceneBox(view, source));
  } else if (!saved) {
    pointAtWhole(view, dataset, pyramid, image, shot.sizePx, findSceneBox(view, source));
  }

  // How it is shown.
  applyMode(options.mode, view);
  view.interpolation = findNamed<Interpolation>(options.interpolation).value_or(view.interpolation);
  if (options.iso) view.isoValue = options.iso;
  view.peakLevels = options.peaks.value_or(view.peakLevels);
  view.attenuation = options.attenuation.value_or(view.attenuation);
  view.jitter = options.jitter.value_or(view.jitter);
  if (options.transfer == "grey") view.transfer = makeGreyRamp(kMaxOpacity);
  for (const ColourMap& map : colourMaps())
    if (map.id == options.transfer) view.transfer = makeColourRamp(map, kMaxOpacity);
  if (options.lighting) view.lighting = Lighting::on;
  view.overlay = findNamed<Overlay>(options.overlay).value_or(view.overlay);
  applyClipOptions(options.clip, view);
  applySlabOptions(options.slab, view);
  if (options.level) view.pinnedLevel = options.level;
  if (options.exact) {
    view.pinnedLevel = options.level.value_or(0);
    view.samplesPerVoxel = 1;
    view.jitter = 1;
  }
  if (!options.range.empty()) {
    view.range = parseRange(options.range);
    for (SetupLook& look : view.looks) look.range.reset();
  }
  return shot;
}

ImageId imageOf(const View& view, Source& source) {
  return {findSetupIndex(source.dataset(), view.setup), findTimepointIndex(source.dataset(), view.timepoint)};
}

void checkLevel(const RenderOptions& options, const View& view, Source& source) {
  const int levels = static_cast<int>(source.pyramid(imageOf(view, source)).levels.size());
  if (view.pinnedLevel && *view.pinnedLevel >= levels)
    fail("{}: there is no level {}; the levels are 0 to {}", options.file, *view.pinnedLevel, levels - 1);
}

void checkSize(const Shot& shot, const gpu::Device& device) {
  const auto limit = static_cast<int>(device.limits().maxImageDimension2D);
  if (shot.sizePx.x > limit || shot.sizePx.y > limit)
    fail("a picture of {} x {} pixels is more than {} can draw ({} along each side); give a smaller --size",
         shot.sizePx.x, shot.sizePx.y, device.name(), limit);
}

void warnOfFailures(const RenderStats& stats) {
  for (std::size_t i = 0; i < std::min(kErrorsShown, stats.errors.size()); ++i) logWarning(stats.errors[i]);
  if (stats.errors.size() > kErrorsShown)
    logWarning(fmt::format("... and {} more bricks could not be loaded", stats.errors.size() - kErrorsShown));
}

void failOnValidation(gpu::Device& device) {
  const std::vector<std::string> messages = device.takeValidationMessages();
  if (!messages.empty())
    fail("{} messages of Vulkan's validation layer, the first: {}", messages.size(), messages.front());
}

/// Opens the file, with the coarser levels that it lacks if the user wants that. Waits for these levels, so that the
/// picture does not depend on how far they are.
struct RenderSource {
  std::unique_ptr<Source> native;
  std::unique_ptr<SidecarSource> withSidecar;

  explicit RenderSource(const RenderOptions& options) : native(openSource(options.file)) {
    if (!options.sidecar.wanted) return;
    SidecarSettings settings = makeSidecarSettings(options.sidecar);
    settings.threads = options.paging.threads;
    settings.niceness = 0;  // nobody looks at a window meanwhile
    withSidecar = std::make_unique<SidecarSource>(std::move(native), settings);
  }
  Source& operator*() const { return withSidecar ? *withSidecar : *native; }

  SidecarStatus waitForSidecar(ImageId image) const {
    const SidecarStatus status = withSidecar ? withSidecar->waitFor(image) : SidecarStatus{};
    if (!status.problem.empty()) logWarning("coarser levels can't be kept: " + status.problem);
    return status;
  }
};

int runRender(const RenderOptions& options) {
  checkOptions(options);
  const RenderSource source(options);
  for (const std::string& output : {options.output, options.saveViewFile, options.statsFile})
    if (!output.empty()) AtomicFile probe(output);  // don't lose minutes of drawing because of a missing folder
  Shot shot = makeShot(options, *source);
  const SidecarStatus sidecar = source.waitForSidecar(imageOf(shot.view, *source));
  checkLevel(options, shot.view, *source);

  gpu::Device device(makeDeviceSettings(options.paging));
  checkSize(shot, device);
  RenderStats stats;
  Pixels pixels;
  {
    Engine engine(device, *source, makeEngineSettings(options.paging));
    pixels = renderConverged(device, engine, shot.view, shot.sizePx, &stats);
  }
  // Slices and the volume beside them have a contrast each, which a view states only as one.
  if (shot.view.layout != Layout::slices) writeRanges(shot.view, stats.last.ranges);
  // A picture of nothing is an error.
  if (stats.bricksResident == 0 && !stats.errors.empty()) throw Error(stats.errors.front());
  warnOfFailures(stats);

  writePngRgb(options.output, pixels.sizePx.x, pixels.sizePx.y, pixels.rgba,
              makePictureTexts(shot.view, contentOf(stats)));
  if (!options.saveViewFile.empty()) writeWhole(options.saveViewFile, writeViewJson(shot.view));
  if (!options.statsFile.empty()) writeWhole(options.statsFile, makeStatsJson(stats, device.name(), sidecar));
  failOnValidation(device);
  return 0;
}

void addOptions(CLI::App& command, RenderOptions& options) {
  command.add_option("FILE", options.file, fileHelp())->required();
  command.add_option("-o,--output", options.output, "Picture to write, 8-bit RGB")->required()->type_name("OUT.png");
  command.add_option("--size", options.size, "Picture size in pixels [1280x800; with --axis a pixel a voxel]")
      ->type_name("WxH");
  command
      .add_option("--mode", options.mode,
                  "How the voxels along a ray become a pixel; or slices, or oblique [mip; see below]")
      ->type_name("MODE")
      ->check(CLI::IsMember(modeNames()));
  command
      .add_option(
          "--iso", options.iso,
          "Modes iso and first: the voxel value of the surface, or the least one of a peak [Otsu's threshold of the voxels]")
      ->type_name("VALUE");
  command
      .add_option("--peaks", options.peaks,
                  "Mode mip: coarse levels show the peaks of voxels up to N factors of 2 finer, 0 to 3 [2; see below]")
      ->type_name("N")
      ->check(CLI::Range(0, kMostPeakLevels).description(""));
  command
      .add_option(
          "--jitter", options.jitter,
          "Jitter: average N pictures of mode dvr, average or sum, each with its samples elsewhere on the rays, 1 to 256 [1]; "
          "not with --exact")
      ->type_name("N")
      ->check(CLI::Range(1, View::kMostJitter).description(""));
  command
      .add_option("--attenuation", options.attenuation,
                  "Mode attenuated: how much each voxel of full brightness in front dims [0.05]")
      ->type_name("A")
      ->check(CLI::PositiveNumber.description(""));
  command
      .add_option("--transfer", options.transfer,
                  "Modes dvr and iso: the colours, like grey, viridis or magma [the view's, or grey]")
      ->type_name("NAME")
      ->check(CLI::IsMember(transferNames()));
  command.add_flag("--lighting", options.lighting, "Mode dvr: light from the eye on steep gradients");
  command.add_option("--view", options.viewFile, "Draw the view in a file that --save-view wrote, or in a picture")
      ->type_name("VIEW.json|PICTURE.png");
  addClipOptions(command, options.clip);
  addSlabOptions(command, options.slab);
  command.add_option("--save-view", options.saveViewFile, "Write the view that was drawn")->type_name("VIEW.json");
  command.add_option("--axis", options.axis, "Look along the image's x, y or z, orthographic [see below]")
      ->type_name("AXIS");
  addSceneOptions(command, options.scene);
  command
      .add_option("--level", options.level,
                  "Draw this level and no other, 0 = finest [the levels that the pixels ask for]")
      ->type_name("L")
      ->check(CLI::NonNegativeNumber.description(""));
  command.add_flag(
      "--exact", options.exact,
      "Draw one level, the finest or that of --level, with one sample per voxel, whatever the pixels ask for");
  command
      .add_option("--range", options.range,
                  "Values shown black and white; LO > HI inverts [what suits the mode: see below]")
      ->type_name("LO,HI");
  command.add_option("--interpolation", options.interpolation, "nearest or trilinear [trilinear]")
      ->type_name("KIND")
      ->check(CLI::IsMember(idsOf<Interpolation>()));
  command
      .add_option(
          "--overlay", options.overlay,
          "residency: outline the bricks in the page cache; resolution: tint pixels coarser than wanted; or none [none]")
      ->type_name("KIND")
      ->check(CLI::IsMember(idsOf<Overlay>()));
  command.add_option("--stats", options.statsFile, "Write the cost of the picture: bricks, bytes, times")
      ->type_name("STATS.json");
  addSidecarOptions(command, options.sidecar);
  addPagingOptions(command, options.paging);
}

}  // namespace

void addRenderCommand(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<RenderOptions>();
  CLI::App* command = app.add_subcommand("render", "Draw the converged view into a PNG; needs no display");
  addOptions(*command, *options);
  command->footer(
      modesHelp() +
      "--axis: rows and columns are those of the array [z, y, x] reduced along the axis: [y, x] for z, [z, x] for y, [z, y]\n"
      "for x. Without --size each voxel of level 0 is a pixel.\n"
      "--clip-box, --clip-plane: cut the volume picture, in units of the registration; with --axis and no --size in voxels of\n"
      "level 0, whose centres are the integers. Slice panels show the whole image.\n"
      "--peaks: a coarse level holds means, in which a thin bright structure loses brightness. A brick that would lose half of\n"
      "its maximum on the next coarser level shows the greatest of the finer voxels instead. These have to be read: at most 8^N\n"
      "times as many. If that could be more than 2^30 voxels, N is lower there, but at least 1. Not with --level or --exact,\n"
      "nor in slices or if planes stand in the volume.\n"
      "--feedback on: compositing, isosurfaces, first hits and attenuated maxima don't load hidden bricks.\n"
      "--stats counts these.\n"
      "--range: without it each channel has the contrast that suits the mode: of the maxima, minima or means along rays, of the\n"
      "voxels of slices, or of what a composite looks like, by a coarse level of the file and samples of a finer one. It depends on\n"
      "the file and the mode alone. The range in the file is taken if it cuts off at most 1 % of what is brighter than the\n"
      "background.\n"
      "A brick that can't be loaded is left out with a warning; the exit status is still 0, and --stats counts it.\n"
      "Several setups: --blend mixes projections and slices. sum adds them as light adds; max takes the brightest of each of\n"
      "red, green and blue; over lays each over those behind it in the list. Surfaces hide each other. --mode dvr composites\n"
      "all setups along the ray. Setups without a stated range get one range per channel.\n"
      "If the page cache can't hold a pinned level, or the only level of a file, the picture is drawn in parts, and is whole.\n"
      "--stats says so: cacheHeldAll, parts.\n"
      "The PNG holds the view (tEXt volary:view), which --view opens again, how complete the picture is (volary:converged), and\n"
      "at which levels (volary:shown).\n"
      "resolution: the share of the pixels that show a voxel as fine as wanted, and how many pixels are how many levels coarser,\n"
      "because a brick failed, say. --overlay resolution tints those yellow, orange, red, purple (1, 2, 3, more levels).\n"
      "wantedBy: what decides how fine that is: the screen's pixels, these and the page cache's size, or a pinned level. lodBias:\n"
      "the powers of two by which the page cache's size makes the picture coarser than its pixels ask.\n\n"
      "--stats: {\"converged\", \"bricksWanted\", \"bricksResident\", \"bricksFailed\", \"bricksHidden\", \"bricksPeaks\", "
      "\"cacheHeldAll\",\n"
      "  \"parts\", \"bytesNeeded\", \"bytesRead\",\n"
      "  \"readCalls\", \"bytesDecoded\", \"bytesUploaded\", \"transferQueue\", \"msFirstImage\", \"msConverged\",\n"
      "  \"frameMs\": {\"p50\", \"p95\", \"p99\"}, \"gpuMs\": {\"<pass>\": ms}, \"levelShown\": {\"<level>\": bricks}, \"lodBias\",\n"
      "  \"resolution\": {\"asWanted\", \"coarser\": {\"<levels>\": pixels}, \"wantedBy\"}, \"pageCacheBytes\", \"hostCacheBytes\",\n"
      "  \"hostCachePeakBytes\", \"storedPeakBytes\", \"brickPeakBytes\", \"threads\", \"bricksInFlight\", "
      "\"bricksFinished\",\n"
      "  \"bricksDropped\", \"heldBytes\", \"heldPeakBytes\", \"heldBytesBound\", \"peakHostBytes\", \"sidecar\": {\"state\", \"fraction\"}, "
      "\"device\"}\n\n"
      "--sidecar: a file whose smallest level has more than 16 million voxels is read once from end to end to make coarser\n"
      "levels, and the picture is drawn when they are there. Without it the picture is drawn from the file's own levels.\n\n"
      "Examples:\n"
      "  volary render embryo.xml --axis z --mode mip --range 0,4000 -o mip.png\n"
      "  volary render embryo.xml --setup 0,1 --colour green,#ff00ff --blend max -o channels.png\n"
      "  volary render embryo.xml --size 1920x1080 --mode dvr --setup 1 --stats stats.json -o embryo.png");
  command->callback([options, &chosen] { chosen = [options] { return runRender(*options); }; });
}

}  // namespace volary
