#include "bench_fly.h"

#include "base/error.h"
#include "bench.h"
#include "command_line.h"
#include "flight.h"
#include "formats/open.h"
#include "gpu/device.h"
#include "open_files.h"
#include "page_cache_drop.h"
#include "paging/engine.h"
#include "paging_options.h"
#include "pyramid/level_transform.h"

#include <CLI/CLI.hpp>

#include <chrono>

namespace volary {

namespace {

using Clock = std::chrono::steady_clock;

struct FlyOptions {
  std::string file;
  ImageChoice image;
  std::string flight = "around";
  std::string mode = "mip";
  std::string size = "1280x800";
  bool json = false;
  PagingOptions paging;
};

double msSince(Clock::time_point start) { return std::chrono::duration<double, std::milli>(Clock::now() - start).count(); }

/// Draws the frames of one engine and keeps the time.
class FlyBench {
 public:
  FlyBench(gpu::Device& device, Engine& engine, const Flight& flight, const View& view, const Box3& box, const dvec3& down,
           const ivec2& sizePx)
      : device_(device), engine_(engine), flight_(flight), view_(view), box_(box), down_(down), sizePx_(sizePx), frames_(device) {}

  /// `start`: when the waiting for the first view began.
  FlyRun run(Clock::time_point start) {
    FlyRun run;
    moveTo(0);
    const FrameReport before = report_;
    converge([&] {
      if (run.msFirstPicture == 0.0 && report_.coarsestComplete) run.msFirstPicture = msSince(start);
    });
    run.msConverged = msSince(start);
    run.stillMs = drawStill();

    for (int i = 0; i < flight_.frames; ++i) {
      moveTo(i);
      run.flightMs.push_back(draw(Effort::interactive));
      run.holes += report_.coarsestComplete ? 0 : 1;
    }
    const Clock::time_point end = Clock::now();
    converge([] {});
    run.msSettled = msSince(end);

    run.bytesRead = report_.loader.bytesRead - before.loader.bytesRead;
    run.bytesDecoded = report_.loader.bytesDecoded - before.loader.bytesDecoded;
    run.bytesUploaded = report_.bytesUploaded - before.bytesUploaded;
    return run;
  }

 private:
  void moveTo(int frame) { view_.camera = cameraAt(flight_, frame, box_, down_, view_.camera); }

  /// Milliseconds from the plan until the picture is there.
  double draw(Effort effort) {
    const Clock::time_point start = Clock::now();
    engine_.noteView(view_, std::chrono::duration<double>(start.time_since_epoch()).count());
    gpu::Frame& frame = frames_.begin();
    report_ = engine_.drawFrame(frame, view_, sizePx_, effort);
    frames_.submit(frame);
    device_.waitIdle();
    return msSince(start);
  }

  template <typename AfterFrame>
  void converge(const AfterFrame& afterFrame) {
    do {
      draw(Effort::interactive);
      afterFrame();
      if (!report_.newErrors.empty()) throw Error(report_.newErrors.front());
      if (!report_.converged) engine_.waitForBrick(std::chrono::milliseconds(1));
    } while (!report_.converged || !report_.sharp);
  }

  /// Whole pictures of the view. It turns to and fro by less than is seen, for a picture that is there is not drawn again.
  std::vector<double> drawStill() {
    constexpr int kPictures = 11;
    constexpr double kTurn = 1e-6;
    const Camera camera = view_.camera;
    std::vector<double> ms;
    draw(Effort::complete);  // a whole picture may need bricks that smaller parts of it did not
    for (int i = 0; i < kPictures; ++i) {
      view_.camera = orbit(camera, i % 2 ? 0.0 : kTurn, 0.0);
      const double frameMs = draw(Effort::complete);
      if (report_.converged) ms.push_back(frameMs);
    }
    view_.camera = camera;
    if (ms.empty()) fail("the page cache does not hold what the view shows; give it more memory with --cache-mb");
    return ms;
  }

  gpu::Device& device_;
  Engine& engine_;
  const Flight& flight_;
  View view_;
  Box3 box_;
  dvec3 down_;
  ivec2 sizePx_;
  gpu::FrameRing frames_;
  FrameReport report_;
};

/// Makes the kernel forget the files that the source has open. Empty, or a sentence why it has not.
std::string dropFiles(const FlyOptions& options) {
  const std::set<std::string> before = findOpenFiles();
  const auto source = openSource(options.file);
  source->pyramid(findImage(source->dataset(), options.image));
  std::string note;
  for (const std::string& file : findOpenFiles())
    if (!before.contains(file) && note.empty()) note = dropFromPageCache(file);
  return note;
}

FlyReport measureFlight(const FlyOptions& options) {
  const Flight flight = readFlight(options.flight);
  const std::string coldNote = dropFiles(options);

  const Clock::time_point start = Clock::now();
  const auto source = openSource(options.file);
  const ImageId image = findImage(source->dataset(), options.image);
  const ImagePyramid& pyramid = source->pyramid(image);
  const ivec2 sizePx = parseSize2("--size", options.size);
  View view = makeDefaultView(source->dataset(), pyramid, image, sizePx);
  view.mode = *findRenderMode(options.mode);
  const dmat4 toWorld = worldFromVoxel(view, source->dataset(), pyramid, image);

  gpu::Device device(makeDeviceSettings(options.paging));
  Engine engine(device, *source, makeEngineSettings(options.paging));
  FlyBench bench(device, engine, flight, view, worldBox(pyramid, toWorld), imageAxes(toWorld)[1], sizePx);
  FlyReport report{.file = options.file,
                   .device = device.name(),
                   .flight = options.flight,
                   .mode = options.mode,
                   .sizeVoxels = pyramid.levels.front().sizeVoxels,
                   .sizePx = sizePx,
                   .coldNote = coldNote};
  report.cold = bench.run(start);
  report.warm = bench.run(Clock::now());
  return report;
}

int runBenchFly(const FlyOptions& options) {
  if (!findRenderMode(options.mode)) throw UsageError("--mode: there is no mode \"" + options.mode + "\"");
  const FlyReport report = measureFlight(options);
  printOut(options.json ? makeFlyJson(report) : makeFlyText(report));
  return 0;
}

}  // namespace

void addBenchFly(CLI::App& bench, Command& chosen) {
  auto options = std::make_shared<FlyOptions>();
  CLI::App* fly = bench.add_subcommand("fly", "A flight: frame times, cold and warm, and what was read for it");
  fly->add_option("FILE", options->file, kFileHelp)->required();
  addImageChoice(*fly, options->image);
  fly->add_option("--flight", options->flight, "around, through, or a JSON file like those of assets/flights")->capture_default_str();
  fly->add_option("--mode", options->mode, "Mode, as of volary render")->capture_default_str();
  fly->add_option("--size", options->size, "Picture size in pixels")->type_name("WxH")->capture_default_str();
  fly->add_flag("--json", options->json, "One JSON object, for programs");
  addPagingOptions(*fly, options->paging);
  fly->footer(
      "Opens the file, waits for the first view, flies along the path, frame after frame as fast as they come, and waits for\n"
      "the last view; twice: cold, the kernel having been made to forget the file and from nothing (the driver's compiler\n"
      "included, whose own cache stays), and warm, right after it in the same engine. Frames are drawn as in the window: what\n"
      "fits their time.\n"
      "  first picture  until nothing is missing at the coarsest level\n"
      "  converged      until the first view is complete and sharp\n"
      "  whole picture  that view drawn at once, all pixels, everything resident: median\n"
      "  settled        from the flight's last frame until that is complete and sharp\n\n"
      "Example: volary bench fly embryo.xml --flight through --json");
  fly->callback([options, &chosen] { chosen = [options] { return runBenchFly(*options); }; });
}

}  // namespace volary
