#include "bench/bench_fly.h"

#include "base/error.h"
#include "base/os/page_cache.h"
#include "base/os/process_figures.h"
#include "bench/bench.h"
#include "bench/flight.h"
#include "formats/open.h"
#include "gpu/device.h"
#include "options/command_line.h"
#include "options/paging_options.h"
#include "paging/engine.h"
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

double msSince(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

/// A file that has just been opened, and what draws it.
class FlyBench {
 public:
  FlyBench(const FlyOptions& options, const Flight& flight)
      : start_(Clock::now()),
        flight_(flight),
        source_(openSource(options.file)),
        image_(findImage(source_->dataset(), options.image)),
        sizePx_(parseSize2("--size", options.size)),
        view_(makeDefaultView(source_->dataset(), source_->pyramid(image_), image_, sizePx_)),
        device_(makeDeviceSettings(options.paging)),
        frames_(device_),
        engine_(device_, *source_, makeEngineSettings(options.paging)) {
    view_.mode = *findRenderMode(options.mode);
    const dmat4 toWorld = worldFromVoxel(view_, source_->dataset(), source_->pyramid(image_), image_);
    box_ = worldBox(source_->pyramid(image_), toWorld);
    down_ = imageAxes(toWorld)[1];
    moveTo(0);
  }

  const gpu::Device& device() const { return device_; }
  i64vec3 sizeVoxels() const { return source_->pyramid(image_).levels.front().sizeVoxels; }
  ivec2 sizePx() const { return sizePx_; }

  FlyOpening open() {
    FlyOpening opening;
    opening.msFirstPicture = waitForFirstPicture();
    converge();
    opening.msConverged = msSince(start_);
    opening.stillMs = drawStill();
    return opening;
  }

  /// From the opening until the picture has no hole.
  double waitForFirstPicture() {
    do {
      draw(Effort::interactive);
      if (!report_.coarsestComplete) engine_.waitForBrick(std::chrono::milliseconds(1));
    } while (!report_.coarsestComplete);
    return msSince(start_);
  }

  FlyRun fly() {
    FlyRun run;
    for (int i = 0; i < flight_.frames; ++i) {
      moveTo(i);
      run.flightMs.push_back(draw(Effort::interactive));
      run.holes += report_.coarsestComplete ? 0 : 1;
    }
    const Clock::time_point end = Clock::now();
    converge();
    run.msSettled = msSince(end);
    run.bytesRead = report_.loader.bytesRead - flown_.loader.bytesRead;
    run.bytesDecoded = report_.loader.bytesDecoded - flown_.loader.bytesDecoded;
    run.bytesUploaded = report_.bytesUploaded - flown_.bytesUploaded;
    flown_ = report_;
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
    if (!report_.newErrors.empty()) throw Error(report_.newErrors.front());
    return msSince(start);
  }

  void converge() {
    do {
      draw(Effort::interactive);
      if (!report_.converged) engine_.waitForBrick(std::chrono::milliseconds(1));
    } while (!report_.converged || !report_.sharp);
  }

  /// Draws whole pictures of the view. The view turns to and fro by less than can be seen, as a picture that is there
  /// is not drawn again.
  std::vector<double> drawStill() {
    constexpr int kPictures = 11;
    constexpr double kTurn = 1e-6;
    const Camera camera = view_.camera;
    std::vector<double> ms;
    draw(Effort::complete);  // a whole picture may need bricks that smaller parts of it did not
    for (int i = 0; i < kPictures; ++i) {
      view_.camera = orbit(camera, i % 2 ? 0.0 : kTurn, 0.0);
      const double frameMs = draw(Effort::complete);
      draw(Effort::complete);  // draws nothing, but takes what the picture's rays report
      if (report_.converged) ms.push_back(frameMs);
    }
    view_.camera = camera;
    if (ms.empty()) fail("the page cache does not hold what the view shows; give it more memory with --cache-mb");
    return ms;
  }

  Clock::time_point start_;
  const Flight& flight_;
  std::unique_ptr<Source> source_;
  ImageId image_;
  ivec2 sizePx_;
  View view_;
  Box3 box_;
  dvec3 down_{0.0};
  gpu::Device device_;
  gpu::FrameRing frames_;
  Engine engine_;
  FrameReport report_;
  FrameReport flown_;  // at the end of the last flight
};

/// Makes the kernel forget the files that the source has open. Empty, or a sentence that says why it has not.
std::string dropFiles(const FlyOptions& options) {
  const std::set<std::string> before = os::findOpenFiles();
  const auto source = openSource(options.file);
  source->pyramid(findImage(source->dataset(), options.image));
  std::string note;
  for (const std::string& file : os::findOpenFiles())
    if (!before.contains(file) && note.empty()) note = os::dropFromPageCache(file);
  return note;
}

FlyReport measureFlight(const FlyOptions& options) {
  const Flight flight = readFlight(options.flight);
  FlyReport report{.file = options.file, .flight = options.flight, .mode = options.mode};
  report.coldNote = dropFiles(options);
  {
    FlyBench bench(options, flight);
    report.device = bench.device().name();
    report.sizeVoxels = bench.sizeVoxels();
    report.sizePx = bench.sizePx();
    report.opening = bench.open();
  }
  dropFiles(options);
  FlyBench bench(options, flight);
  bench.waitForFirstPicture();
  report.cold = bench.fly();
  report.warm = bench.fly();
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
  fly->add_option("FILE", options->file, fileHelp())->required();
  addImageChoice(*fly, options->image);
  fly->add_option("--flight", options->flight, "around, through, or a JSON file like those of assets/flights")
      ->capture_default_str();
  fly->add_option("--mode", options->mode, "Mode, as in volary render")->capture_default_str();
  fly->add_option("--size", options->size, "Picture size in pixels")->type_name("WxH")->capture_default_str();
  fly->add_flag("--json", options->json, "One JSON object, for programs");
  addPagingOptions(*fly, options->paging);
  fly->footer(
      "Opens the file and waits for the first view. Opens it anew and flies as soon as there is a picture, as fast as frames\n"
      "come. Then flies the same path once more. Before each opening the kernel is made to forget the file; what the driver's\n"
      "compiler keeps on the disk stays. As in the window, a frame draws as much as its time allows.\n"
      "  first picture  until nothing is missing at the coarsest level\n"
      "  converged      until the first view is complete and sharp\n"
      "  whole picture  that view drawn at once, all pixels, everything resident: median\n"
      "  settled        from a flight's last frame until that view is complete and sharp\n\n"
      "Example: volary bench fly embryo.xml --flight through --json");
  fly->callback([options, &chosen] { chosen = [options] { return runBenchFly(*options); }; });
}

}  // namespace volary
