#include "options/convert_options.h"

#include "base/bytes.h"
#include "base/error.h"
#include "options/command_line.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string_view>
#include <utility>

namespace volary {

namespace {

[[noreturn]] void refuse(const char* option, const char* wanted, const std::string& text) {
  throw UsageError(fmt::format("{} takes {}, not '{}'", option, wanted, text));
}

// "0,2,5-7" -> 0 2 5 6 7.
std::vector<int> parseIds(const char* option, const std::string& text) {
  constexpr const char* kWanted = "ids, like 0,2,5-7";
  std::vector<int> ids;
  if (text.empty()) return ids;
  for (const std::string_view part : split(text, ',')) {
    const std::size_t dash = part.find('-');
    const auto first = findNumber<int>(part.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : findNumber<int>(part.substr(dash + 1));
    if (!first || !last || *first < 0 || *last < *first || *last - *first > 1000000) refuse(option, kWanted, text);
    for (int id = *first; id <= *last; ++id) ids.push_back(id);
  }
  return ids;
}

std::optional<i64vec3> findTriple(std::string_view text) {
  i64vec3 triple(0);
  const auto parts = split(text, ',');
  if (parts.size() != 3) return std::nullopt;
  for (int axis = 0; axis < 3; ++axis) {
    const auto number = findNumber<std::int64_t>(parts[static_cast<std::size_t>(axis)]);
    if (!number || *number < 1 || *number > (1 << 24)) return std::nullopt;
    triple[axis] = *number;
  }
  return triple;
}

// "1,1,1;2,2,1" -> two triples of positive numbers.
std::vector<i64vec3> parseTriples(const char* option, const char* wanted, const std::string& text) {
  std::vector<i64vec3> triples;
  if (text.empty()) return triples;
  for (const std::string_view part : split(text, ';')) {
    const auto triple = findTriple(part);
    if (!triple) refuse(option, wanted, text);
    triples.push_back(*triple);
  }
  return triples;
}

// "0:100,:,20:" -> a half-open box.
CropBox parseBox(const std::string& text) {
  constexpr const char* kWanted = "x0:x1,y0:y1,z0:z1, like 0:512,100:612,:40 (an end that is left out is the image's)";
  CropBox box;
  if (text.empty()) return box;
  const auto parts = split(text, ',');
  if (parts.size() != 3) refuse("--box", kWanted, text);
  for (std::size_t axis = 0; axis < 3; ++axis) {
    const auto ends = split(parts[axis], ':');
    if (ends.size() != 2) refuse("--box", kWanted, text);
    const auto parseEnd = [&](std::string_view end) -> std::optional<std::int64_t> {
      if (end.empty()) return std::nullopt;
      const auto number = findNumber<std::int64_t>(end);
      if (!number || *number < 0) refuse("--box", kWanted, text);
      return number;
    };
    box.begin[axis] = parseEnd(ends[0]);
    box.end[axis] = parseEnd(ends[1]);
    if (box.begin[axis] && box.end[axis] && *box.begin[axis] >= *box.end[axis]) refuse("--box", kWanted, text);
  }
  return box;
}

dvec3 parseVoxelSize(const std::string& text) {
  const auto parts = split(text, ',');
  dvec3 size(0.0);
  for (int axis = 0; axis < 3 && parts.size() == 3; ++axis) {
    const auto number = findNumber<double>(parts[static_cast<std::size_t>(axis)]);
    if (number && std::isfinite(*number)) size[axis] = *number;
  }
  if (!(size.x > 0.0 && size.y > 0.0 && size.z > 0.0))
    refuse("--voxel-size", "three positive numbers, like 0.2,0.2,1", text);
  return size;
}

BdvPartitioning parsePartition(const std::string& text) {
  if (text.empty()) return BdvPartitioning::none;
  if (text == "setup") return BdvPartitioning::setup;
  if (text == "time") return BdvPartitioning::timepoint;
  if (text == "both") return BdvPartitioning::both;
  refuse("--partition", "setup, time or both", text);
}

void parseZarr(const ConvertTexts& texts, ConvertOptions& options) {
  constexpr std::pair<const char*, ZarrCodec> kCodecs[] = {
      {"zstd", ZarrCodec::zstd}, {"blosc", ZarrCodec::blosc}, {"gzip", ZarrCodec::gzip}, {"raw", ZarrCodec::raw}};
  const auto codec =
      std::ranges::find(kCodecs, texts.codec, [](const auto& known) { return std::string_view(known.first); });
  if (codec == std::end(kCodecs)) refuse("--codec", "zstd, blosc, gzip or raw", texts.codec);
  options.codec = codec->second;
  if (!texts.shard.empty()) {
    options.shardVoxels = findTriple(texts.shard);
    if (!options.shardVoxels) refuse("--shard", "a size in voxels, like 512,512,512", texts.shard);
  }
  if (!texts.omeZarr.empty() && texts.omeZarr != "0.4" && texts.omeZarr != "0.5")
    refuse("--ome-zarr", "0.4 or 0.5", texts.omeZarr);
  if (texts.omeZarr == "0.4" && options.shardVoxels)
    throw UsageError("--shard needs OME-Zarr 0.5: Zarr 2 knows no shards");
  options.omeZarrVersion = texts.omeZarr == "0.5" || options.shardVoxels ? OmeZarrVersion::v05 : OmeZarrVersion::v04;
}

ConvertWorker parseWorker(const std::string& text) {
  const auto parts = split(text, '/');
  const auto index = findNumber<int>(parts.front());
  const auto count = findNumber<int>(parts.back());
  if (parts.size() != 2 || !index || !count || *index < 0 || *index >= *count)
    refuse("--worker", "I/N, worker I = 0 ... N - 1 of N", text);
  return {*index, *count};
}

}  // namespace

void addConvertOptions(CLI::App& command, ConvertTexts& texts) {
  command.add_option("IN", texts.input, fileHelp())->required();
  command.add_option("OUT", texts.output, "What to write: .xml or .h5 = BigDataViewer, both files; .zarr = OME-Zarr")
      ->required();

  constexpr const char* kInput = "Input";
  command.add_option("--setups", texts.setups, "Ids of view setups, like 0,2,5-7 [all]")
      ->type_name("IDS")
      ->group(kInput);
  command.add_option("--times", texts.timepoints, "Ids of time points, like 0-9 [all]")
      ->type_name("IDS")
      ->group(kInput);
  command
      .add_option("--box", texts.box,
                  "Crop to voxels [x0, x1) x [y0, y1) x [z0, z1); they keep their place in the world")
      ->type_name("x0:x1,y0:y1,z0:z1")
      ->group(kInput);
  command.add_option("--from-level", texts.sourceLevel, "Level of IN that becomes level 0")
      ->type_name("L")
      ->check(CLI::NonNegativeNumber.description(""))
      ->capture_default_str()
      ->group(kInput);
  command.add_option("--voxel-size", texts.voxelSize, "Voxel size, instead of IN's")->type_name("x,y,z")->group(kInput);
  command.add_option("--unit", texts.unit, "Unit of the voxel size, instead of IN's")->type_name("UNIT")->group(kInput);

  constexpr const char* kPyramid = "The pyramid";
  command.add_option("--downsample", texts.downsample, "How coarser levels are made: mean, max or mode (for labels)")
      ->type_name("HOW")
      ->capture_default_str()
      ->group(kPyramid);
  command
      .add_option("--factors", texts.factors, "Factor of each level against level 0, like 1,1,1;2,2,1;4,4,2 [proposed]")
      ->type_name("LIST")
      ->group(kPyramid);
  command.add_option("--levels", texts.levels, "The most levels to make")
      ->type_name("N")
      ->check(CLI::Range(1, 64).description(""))
      ->group(kPyramid);
  command
      .add_option("--chunks", texts.chunks,
                  "Shape of the chunks, x,y,z; one for all levels, or one for each [proposed]")
      ->type_name("LIST")
      ->group(kPyramid);

  constexpr const char* kBdv = "BigDataViewer";
  command.add_option("--deflate", texts.deflate, "Compression: 1 fast ... 9 small; 0 stores voxels as they are")
      ->type_name("0-9")
      ->check(CLI::Range(0, 9).description(""))
      ->capture_default_str()
      ->group(kBdv);
  command
      .add_option("--partition", texts.partition,
                  "Write a file for each setup, each time point, or each of both: setup, time, both [one file]")
      ->type_name("HOW")
      ->group(kBdv);

  constexpr const char* kZarr = "OME-Zarr";
  command.add_option("--ome-zarr", texts.omeZarr, "Version: 0.4 (Zarr 2) or 0.5 (Zarr 3) [0.4; 0.5 with --shard]")
      ->type_name("VERSION")
      ->group(kZarr);
  command.add_option("--codec", texts.codec, "Compression: zstd, blosc (LZ4), gzip or raw")
      ->type_name("NAME")
      ->capture_default_str()
      ->group(kZarr);
  command.add_option("--shard", texts.shard, "Store many chunks in one file: its voxels at level 0, like 512,512,512")
      ->type_name("x,y,z")
      ->group(kZarr);

  constexpr const char* kHow = "How it is done";
  command.add_option("--memory-mb", texts.memoryMb, "Memory for voxels in MiB, however large IN is")
      ->type_name("N")
      ->check(CLI::Range(1, 1 << 24).description(""))
      ->capture_default_str()
      ->group(kHow);
  command.add_option("--threads", texts.threads, "Threads that decode and encode, 0 = one per core")
      ->type_name("N")
      ->check(CLI::Range(0, 1024).description(""))
      ->capture_default_str()
      ->group(kHow);
  command.add_option("--worker", texts.worker, "Do share I = 0 ... N-1 of N; the last one to finish completes OUT")
      ->type_name("I/N")
      ->group(kHow);
  command.add_flag("--resume", texts.resume, "Go on with what an earlier run left in OUT.partial")->group(kHow);
  command.add_flag("--verify", texts.verify, "Read everything back and compare, before OUT gets its name")->group(kHow);
  command.add_flag("--force", texts.force, "Replace what exists")->group(kHow);
  command.add_flag("--no-disk-check", texts.noDiskCheck, "Begin even if the disk may be too small")->group(kHow);
  command.add_flag("--quiet", texts.quiet, "No progress, no summary")->group(kHow);
  command.footer(
      "Level 0 holds IN's voxels, bit for bit. A coarser voxel stands for a box of level-0 voxels, as large as its factor and\n"
      "cut at the image's end. --downsample sets its value:\n"
      "  mean  their mean, computed exactly, integers rounded half up\n"
      "  max   the largest of them\n"
      "  mode  the most frequent value in the level before; the smallest if several are\n"
      "Factors and chunks are proposed from the voxel size as BigDataViewer does it: an axis is halved while its voxels are at\n"
      "most twice as long as the shortest, until none has more than 256 voxels.\n\n"
      "OME-Zarr: chunks have up to 64^3 voxels. Setups of the same size and place become channels of one image, others become\n"
      "images 0, 1 ... Chunks of zeros are not stored.\n\n"
      "The output is written to the folder OUT.partial and gets its name when it is whole. Ctrl-C, a full disk or the end of\n"
      "the process leave the finished blocks there. With the same options --resume goes on from them, to the same bytes.\n"
      "--worker I/N: start N processes with the same arguments, in any order, on machines that share OUT's folder. If one dies,\n"
      "start it again. A share is some blocks of an OME-Zarr, or some files of a partitioned dataset.\n\n"
      "Examples:\n"
      "  volary convert stack.tif pyramid.xml --voxel-size 0.2,0.2,1 --unit um --verify\n"
      "  volary convert embryo.xml part.xml --box 100:356,100:356,: --setups 1 --deflate 1\n"
      "  volary convert embryo.xml embryo.ome.zarr --shard 512,512,512 --worker 0/4");
}

ConvertOptions parseConvertOptions(const ConvertTexts& texts) {
  if (!isConvertOutput(texts.output)) throw UsageError(texts.output + ": the name must end in .xml, .h5 or .zarr");
  ConvertOptions options;
  options.setups = parseIds("--setups", texts.setups);
  options.timepoints = parseIds("--times", texts.timepoints);
  options.sourceLevel = texts.sourceLevel;
  options.box = parseBox(texts.box);
  if (!texts.voxelSize.empty()) options.voxelSize = parseVoxelSize(texts.voxelSize);
  if (!texts.unit.empty()) options.unit = texts.unit;
  const auto how = findDownsampling(texts.downsample);
  if (!how) refuse("--downsample", "mean, max or mode", texts.downsample);
  options.how = *how;
  options.factors = parseTriples("--factors", "factors, like 1,1,1;2,2,1;4,4,2", texts.factors);
  for (const i64vec3& chunk : parseTriples("--chunks", "shapes, like 16,16,16 or 32,32,4;16,16,16", texts.chunks))
    options.chunks.emplace_back(chunk);
  options.levelCount = texts.levels;
  options.deflateLevel = texts.deflate;
  options.partitioning = parsePartition(texts.partition);
  parseZarr(texts, options);
  options.memoryBytes = texts.memoryMb * kMiB;
  options.threads = texts.threads;
  options.ifExists = texts.force ? IfExists::replace : IfExists::refuse;
  options.resume = texts.resume;
  if (!texts.worker.empty()) options.worker = parseWorker(texts.worker);
  options.verify = texts.verify;
  options.checkDisk = !texts.noDiskCheck;
  return options;
}

}  // namespace volary
