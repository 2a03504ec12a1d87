#include "export/convert.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/parallel.h"
#include "export/convert_verify.h"
#include "export/convert_writer.h"
#include "export/zarr_metadata.h"
#include "pyramid/digest.h"
#include "storage/disk_space.h"
#include "storage/location.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iterator>
#include <mutex>

namespace volary {
namespace {

namespace fs = std::filesystem;

// The path that identifies the output: the .xml even if the .h5 was given.
fs::path mainPath(const fs::path& out) {
  if (out.extension() == ".h5") return fs::path(out).replace_extension(".xml");
  return out;
}

ConvertFormat formatOf(const fs::path& out) {
  if (!isConvertOutput(out))
    fail("{}: the name must end in .xml or .h5 (BigDataViewer), or in .zarr (OME-Zarr)", out.string());
  return out.extension() == ".zarr" ? ConvertFormat::omeZarr : ConvertFormat::bdvHdf5;
}

// Whether these names may be written, and whether they are the source.
void checkOutput(Source& source, const fs::path& main, const std::vector<std::string>& names, IfExists ifExists) {
  std::error_code ignored;
  const std::vector<Location> read = source.files();
  const fs::path folder = main.parent_path();
  if (!folder.empty() && !fs::is_directory(folder, ignored))
    fail("{}: the folder {} does not exist", main.string(), folder.string());
  // From the last on, which is the main file: that is what the user named.
  for (auto name = names.rbegin(); name != names.rend(); ++name) {
    const fs::path path = folder / *name;
    if (!fs::exists(path, ignored)) continue;
    for (const Location& file : read)
      if (file.localPath() && fs::equivalent(path, *file.localPath(), ignored))
        fail("{}: this is what is to be converted", path.string());
    // A folder is replaced, with all that is in it, only if it is a Zarr hierarchy.
    const bool isZarr = fs::exists(path / ".zgroup", ignored) || fs::exists(path / "zarr.json", ignored);
    if (fs::is_directory(path, ignored) && !(path.extension() == ".zarr" && isZarr))
      fail("{}: this is a folder, not what could be replaced", path.string());
    if (ifExists == IfExists::refuse) fail("{}: exists already", path.string());
  }
}

// True if the whole output exists, made by this same plan.
bool isFinished(const fs::path& main, const ConvertPlan& plan) {
  std::error_code ignored;
  for (const fs::path& path : {main, main / ".zattrs", main / "zarr.json"}) {
    if (!fs::is_regular_file(path, ignored)) continue;
    std::ifstream file(path, std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (text.find("volary convert " + digestOf(plan.description)) != std::string::npos) return true;
  }
  return false;
}

void checkDisk(const fs::path& out, const ConvertPlan& plan, std::uint64_t doneBytes) {
  const fs::path folder = out.parent_path().empty() ? fs::path(".") : out.parent_path();
  const std::optional<std::uint64_t> available = freeBytes(folder);
  if (!available) return;
  const std::uint64_t needed = plan.largestOutput() - std::min(plan.largestOutput(), doneBytes);
  if (*available < needed)
    fail("{}: the disk has {} free, and uncompressed the levels take {}; --no-disk-check tries it all the same",
         out.string(), formatBytes(*available), formatBytes(needed));
}

std::uint64_t bytesOf(const fs::path& path) {
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored)) return fs::file_size(path, ignored);
  std::uint64_t bytes = 0;
  for (const auto& entry : fs::recursive_directory_iterator(path, ignored))
    if (entry.is_regular_file(ignored)) bytes += entry.file_size(ignored);
  return bytes;
}

std::string describeStop(const std::exception& error, const fs::path& main) {
  if (dynamic_cast<const Interrupted*>(&error)) return main.string() + ": stopped before the end";
  return error.what();
}

// Adds up what is read, and reports it, one call at a time.
class ProgressCounter {
 public:
  ProgressCounter(const ConvertOptions& options, std::uint64_t totalBytes) : options_(options) {
    told_.totalBytes = totalBytes;
  }

  void begin(std::uint64_t doneBytes, bool verifying) {
    const std::lock_guard lock(mutex_);
    told_.doneBytes = told_.skippedBytes = doneBytes;
    told_.verifying = verifying;
  }
  void add(std::uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    told_.doneBytes += bytes;
    if (options_.progress) options_.progress(told_);
  }

 private:
  const ConvertOptions& options_;
  std::mutex mutex_;
  ConvertProgress told_;
};

}  // namespace

std::uint64_t levelZeroBytes(const PyramidJob& job, std::int64_t block) {
  const i64vec3 size = blockBox(job.levels, job.stages[0], block, 0).size();
  return static_cast<std::uint64_t>(size.x * size.y * size.z) * voxelBytes(job.voxelType);
}

bool isConvertOutput(const fs::path& out) {
  return out.extension() == ".xml" || out.extension() == ".h5" || out.extension() == ".zarr";
}

ConvertReport convertDataset(Source& source, const fs::path& out, const ConvertOptions& options) {
  const fs::path main = mainPath(out);
  if (options.shardVoxels && options.omeZarrVersion == OmeZarrVersion::v04)
    fail("{}: OME-Zarr 0.4 knows no shards", main.string());
  const ConvertPlan plan = makeConvertPlan(source, formatOf(out), options);
  ConvertReport report{
      .images = plan.jobs.size(),
      .levels = plan.jobs[0].levels.size(),
      .voxelBytes = plan.voxelBytes(),
      .warnings = plan.format == ConvertFormat::omeZarr ? findRegistrationLosses(plan) : std::vector<std::string>()};
  ConvertFolder folder(main);
  SourceBoxReader reader(source, options.memoryBytes / 8);
  ProgressCounter counter(options, report.voxelBytes);
  ConvertContext context{plan, options, folder, reader, {}, main};
  context.run = {.sumsFolder = folder.sums(),
                 .memoryBytes = options.memoryBytes / 4 * 3,
                 .threads = threadsOrCores(options.threads),
                 .stop = options.stop,
                 .progress = [&](std::uint64_t bytes) { counter.add(bytes); }};
  const std::unique_ptr<ConvertWriter> writer =
      plan.format == ConvertFormat::omeZarr ? makeZarrConvertWriter(context) : makeBdvConvertWriter(context);

  // What exists already.
  std::error_code ignored;
  const bool joins = options.resume || options.worker;
  const bool unfinished = folder.holdsWork();
  if (joins && isFinished(main, plan)) {
    if (unfinished) folder.remove();
    report.state = ConvertReport::State::wasFinished;
    return report;
  }
  if (!joins && unfinished && options.ifExists == IfExists::refuse)
    fail("{}: an unfinished conversion is there; --resume goes on with it, --force begins anew",
         folder.path().string());
  // A run that was killed at its very end has moved some files already, but never the main one.
  checkOutput(source, main, joins && unfinished ? std::vector{writer->mainName()} : writer->names(), options.ifExists);

  folder.open(plan.description, options.worker ? ConvertFolder::Sharing::together : ConvertFolder::Sharing::alone,
              joins ? ConvertFolder::Existing::join : ConvertFolder::Existing::discard);
  try {
    const std::uint64_t doneBytes = writer->doneBytes();
    if (options.checkDisk) checkDisk(main, plan, doneBytes);
    counter.begin(doneBytes, false);
    writer->makeShare();
    if (!folder.lockFinish() || !writer->allSharesDone()) {
      report.state = ConvertReport::State::othersAtWork;
      return report;
    }
    writer->finish();
    if (options.verify) {
      counter.begin(0, true);
      verifyConversion(context, folder.data() / writer->mainName());
    }
    for (const std::string& name : writer->names()) report.bytesWritten += bytesOf(folder.data() / name);
    folder.publish(writer->names());
  } catch (const std::exception& error) {
    const bool keeps = options.worker || folder.holdsWork();
    if (!keeps) folder.remove();
    throw Error(
        fmt::format("{}{}", describeStop(error, main),
                    keeps ? fmt::format("; {} keeps what is done, --resume goes on", folder.path().string()) : ""));
  }
  return report;
}

}  // namespace volary
