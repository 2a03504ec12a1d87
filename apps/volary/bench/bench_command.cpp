#include "base/error.h"
#include "bench/bench.h"
#include "formats/open.h"
#include "options/command_line.h"

#include <CLI/CLI.hpp>

namespace volary {

namespace {

struct BenchOptions {
  std::string file;
  ImageChoice image;
  int level = 0;
  bool json = false;
  IoBenchSettings settings;
};

int runBenchIo(const BenchOptions& options) {
  const auto source = openSource(options.file);
  const ImageId image = findImage(source->dataset(), options.image);
  const auto levels = static_cast<int>(source->pyramid(image).levels.size());
  if (options.level >= levels)
    fail("{}: there is no level {}; the levels are 0 to {}", options.file, options.level, levels - 1);
  const IoBenchReport report = measureIo(*source, image, options.level, options.settings);
  printOut(options.json ? makeIoBenchJson(*source, report) : makeIoBenchText(*source, report));
  return 0;
}

}  // namespace

void addBenchCommand(CLI::App& app, Command& chosen) {
  CLI::App* bench = app.add_subcommand("bench", "Measure on a file of yours what the documentation claims");
  bench->require_subcommand(1);
  bench->footer("volary bench io --help says all about it.\n\nExample: volary bench io embryo.xml");
  addBenchConvert(*bench, chosen);
  addBenchFly(*bench, chosen);
  addBenchOpen(*bench, chosen);
  addBenchRender(*bench, chosen);
  addBenchSidecar(*bench, chosen);
  addBenchWindow(*bench, chosen);

  auto options = std::make_shared<BenchOptions>();
  CLI::App* io = bench->add_subcommand("io", "From the file to voxels: Volary, the HDF5 library, and the limit");
  io->add_option("FILE", options->file, fileHelp())->required();
  addImageChoice(*io, options->image);
  io->add_option("--level", options->level, "Level; 0 is the finest")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  io->add_option("--threads", options->settings.threads, "Most threads, after 1, 2, 4 ...; 0 = one per core")
      ->check(CLI::Range(0, 1024))
      ->capture_default_str();
  io->add_option("--passes", options->settings.passes, "Passes of each way; the best and the median are shown")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  io->add_flag("--json", options->json, "One JSON object, for programs");
  io->footer(
      "Reads every chunk of one level in four ways, on 1, 2, 4 ... threads, and checks that the voxels are the "
      "same:\n"
      "  library  one call of the HDF5 library per chunk; the library has one lock for all threads\n"
      "  limit    one read and the decoders per chunk, with places known and memory kept: the least a reader can do\n"
      "  chunks   Volary's way to decoded chunks\n"
      "  bricks   Volary's way to finished bricks with borders; the host cache is empty, its memory was used before\n"
      "The ways take turns, pass by pass, so that other work of the machine hits them alike. The page cache is warm; then cold,\n"
      "if the kernel can be made to forget the file, which is done before each pass (what the disk itself keeps in memory\n"
      "stays). MB/s are 10^6 bytes of decoded voxels of the level per second, for bricks too.\n\n"
      "Example: volary bench io embryo.xml --setup 1 --threads 4 --json");
  io->callback([options, &chosen] { chosen = [options] { return runBenchIo(*options); }; });
}

}  // namespace volary
