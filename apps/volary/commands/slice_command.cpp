#include "base/bytes.h"
#include "base/error.h"
#include "base/log.h"
#include "base/os/memory.h"
#include "commands/plane_to_grey.h"
#include "export/image_file.h"
#include "formats/open.h"
#include "options/command_line.h"
#include "streaming/read_box.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>

namespace volary {

namespace {

struct SliceOptions {
  std::string file;
  std::string output;
  std::string axis = "z";
  std::optional<std::int64_t> index;
  int level = 0;
  ImageChoice image;
  std::string range;
  int threads = 0;
};

enum class Ending { png, tif, npy };

Ending parseEnding(const std::filesystem::path& path) {
  std::string ending = path.extension().string();
  for (char& c : ending) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  if (ending == ".png") return Ending::png;
  if (ending == ".tif" || ending == ".tiff") return Ending::tif;
  if (ending == ".npy") return Ending::npy;
  throw UsageError(fmt::format("-o {}: the name must end in .png, .tif or .npy", path.string()));
}

// Throws Error if the level or the index is not there.
VoxelBox findPlaneBox(const SliceOptions& options, int axis, const ImagePyramid& pyramid) {
  const auto levels = static_cast<int>(pyramid.levels.size());
  if (options.level >= levels)
    fail("{}: there is no level {}; the levels are 0 to {}", options.file, options.level, levels - 1);
  VoxelBox box;
  box.end = pyramid.levels[static_cast<std::size_t>(options.level)].sizeVoxels;
  const std::int64_t planes = box.end[axis];
  const std::int64_t index = options.index.value_or(planes / 2);
  if (index >= planes)
    fail("{}: there is no plane {} along {} at level {}; the planes are 0 to {}", options.file, index, options.axis,
         options.level, planes - 1);
  box.begin[axis] = index;
  box.end[axis] = index + 1;
  return box;
}

// Checked before allocating: a system that promises more memory than it has would end the program while it reads.
void checkFitsMemory(const SliceOptions& options, const VoxelBox& box, VoxelType type) {
  const glm::dvec3 size(box.size());
  const double bytes = size.x * size.y * size.z * static_cast<double>(voxelBytes(type));
  const double memory = static_cast<double>(os::machineMemoryBytes());
  if (bytes <= memory) return;
  const int axis = parseAxis(options.axis);
  fail("{}: a plane of {} x {} voxels at level {} takes {}, more than the {} of memory here; a coarser level may fit",
       options.file, box.size()[axis == 0 ? 1 : 0], box.size()[axis == 2 ? 1 : 2], options.level,
       formatBytes(static_cast<std::uint64_t>(std::min(bytes, 0x1p63))),
       formatBytes(static_cast<std::uint64_t>(memory)));
}

// 8- and 16-bit unsigned voxels are greys already; the others are scaled, and the user is told how.
void writePng(const SliceOptions& options, const ImagePlane& plane) {
  if (options.range.empty() && (plane.type == VoxelType::uint8 || plane.type == VoxelType::uint16))
    return writePngGrey(options.output, plane);
  const ValueRange range = options.range.empty() ? findValueRange(plane) : parseRange(options.range);
  const std::vector<std::byte> greys = makeGreys(plane, range);
  if (options.range.empty())
    logInfo(fmt::format("{}: {} voxels are shown as 16-bit greys, {} black and {} white (--range sets this)",
                        options.output, voxelTypeName(plane.type), range.min, range.max));
  writePngGrey(options.output, {greyType(plane.type), plane.width, plane.height, greys});
}

int runSlice(const SliceOptions& options) {
  const int axis = parseAxis(options.axis);
  const Ending ending = parseEnding(options.output);
  if (!options.range.empty()) {
    parseRange(options.range);
    if (ending != Ending::png) throw UsageError("--range is for .png: the other formats hold the voxels as stored");
  }

  const auto source = openSource(options.file);
  const ImageId image = findImage(source->dataset(), options.image);
  const ImagePyramid& pyramid = source->pyramid(image);
  const VoxelBox box = findPlaneBox(options, axis, pyramid);
  checkFitsMemory(options, box, pyramid.voxelType);
  const std::vector<std::byte> voxels = readBox(*source, image, options.level, box, options.threads);

  // x varies fastest, so a plane's voxels lie as rows of a picture whichever axis is constant.
  const i64vec3 size = box.end - box.begin;
  const ImagePlane plane{.type = pyramid.voxelType,
                         .width = axis == 0 ? size.y : size.x,
                         .height = axis == 2 ? size.y : size.z,
                         .voxels = voxels};
  if (ending == Ending::png) writePng(options, plane);
  if (ending == Ending::tif) writeTiff(options.output, plane);
  if (ending == Ending::npy) writeNpy(options.output, plane);
  return 0;
}

}  // namespace

void addSliceCommand(CLI::App& app, Command& chosen) {
  auto options = std::make_shared<SliceOptions>();
  CLI::App* command = app.add_subcommand("slice", "Write one plane as it is stored: PNG, TIFF or NumPy");
  command->add_option("FILE", options->file, fileHelp())->required();
  command->add_option("-o,--output", options->output, "Picture to write: .png, .tif or .npy")
      ->required()
      ->type_name("OUT");
  command->add_option("--axis", options->axis, "Axis that is constant on the plane: x, y or z")
      ->type_name("AXIS")
      ->capture_default_str();
  command->add_option("--index", options->index, "Plane along the axis, in voxels of the level, from 0 [the middle]")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber.description(""));
  command->add_option("--level", options->level, "Level of the pyramid, 0 = finest")
      ->type_name("L")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str();
  addImageChoice(*command, options->image);
  command->add_option("--range", options->range, "PNG: value shown black and value shown white [see below]")
      ->type_name("LO,HI");
  command->add_option("--threads", options->threads, "Threads that decode, 0 = one per core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""))
      ->capture_default_str();
  command->footer(
      "Rows and columns are those of the array [z, y, x]: [y, x] for axis z, [z, x] for axis y, [z, y] for "
      "axis x.\n"
      ".npy and .tif hold the voxels exactly, in their own type. So does .png for uint8 and uint16. Voxels of other types\n"
      "are scaled to 16-bit greys, from the plane's smallest to its largest value; standard error states both.\n\n"
      "Example: volary slice embryo.xml --axis y --index 200 --level 1 --setup 0 --time 0 -o plane.npy");
  command->callback([options, &chosen] { chosen = [options] { return runSlice(*options); }; });
}

}  // namespace volary
