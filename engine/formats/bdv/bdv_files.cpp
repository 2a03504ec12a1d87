#include "formats/bdv/bdv_files.h"

#include "base/error.h"

#include <algorithm>
#include <utility>

namespace volary {

namespace {

// Each open file is a file descriptor and some metadata cache of the library.
constexpr std::size_t kMaxOpenFiles = 32;
// Far more than any writer makes; ends links that lead in a circle.
constexpr int kMaxLinks = 16;

// bdv.img.hdf5.Util: the widths are minima, setup 100 is "s100".
std::string cellsObject(const SpimView& view, int level) {
  return fmt::format("t{:05}/s{:02}/{}/cells", view.first, view.second, level);
}
std::string setupObject(const SpimView& view) { return fmt::format("s{:02}", view.second); }

bool isFile(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) && !std::filesystem::is_directory(path, error);
}

}  // namespace

std::optional<std::filesystem::path> findStatedFile(const SpimPath& stated, const std::filesystem::path& base,
                                                    const std::vector<std::filesystem::path>& folders) {
  if (stated.text.empty()) return std::nullopt;
  const std::filesystem::path path(stated.text);
  const std::filesystem::path direct = (stated.relative ? base / path.relative_path() : path).lexically_normal();
  if (isFile(direct)) return direct;
  for (const std::filesystem::path& folder : folders)
    if (const std::filesystem::path beside = folder / path.filename(); isFile(beside)) return beside;
  return std::nullopt;
}

BdvFiles::BdvFiles(std::filesystem::path opened, std::optional<std::filesystem::path> master, const SpimData& data)
    : opened_(std::move(opened)),
      master_(std::move(master)),
      baseFolder_(data.baseFolder),
      partitions_(data.partitions) {}

std::shared_ptr<const Hdf5File> BdvFiles::open(const std::filesystem::path& file) {
  const std::lock_guard lock(mutex_);
  const auto found = std::ranges::find_if(recent_, [&](const auto& open) { return open->path() == file; });
  if (found != recent_.end()) {
    recent_.splice(recent_.begin(), recent_, found);
  } else {
    recent_.push_front(std::make_shared<const Hdf5File>(file));
    if (recent_.size() > kMaxOpenFiles) recent_.pop_back();
  }
  return recent_.front();
}

std::optional<Hdf5Place> BdvFiles::followLinks(std::shared_ptr<const Hdf5File> file, std::string object) {
  for (int links = 0; links < kMaxLinks; ++links) {
    if (file->exists(object)) return Hdf5Place{.file = std::move(file), .object = std::move(object)};
    std::optional<Hdf5ExternalLink> link = file->findExternalLink(object);
    if (!link) return std::nullopt;
    std::ranges::replace(link->file, '\\', '/');
    const SpimPath stated{.text = link->file, .relative = !link->file.starts_with('/')};
    const std::filesystem::path folder = file->path().parent_path();
    const auto target = findStatedFile(stated, folder, {folder, opened_.parent_path()});
    if (!target)
      fail("{}: {} stands in the partition file {}, which can't be found", opened_.string(), object, link->file);
    try {
      file = open(*target);
    } catch (const Error& error) {
      fail("{}: {} stands in another file: {}", opened_.string(), object, error.what());
    }
    object = link->object;
  }
  fail("{}: {} is linked in a circle", opened_.string(), object);
}

template <typename MakeObject>
std::optional<Hdf5Place> BdvFiles::find(const SpimView& view, MakeObject makeObject) {
  std::optional<Error> failure;
  if (master_) {
    try {
      if (auto place = followLinks(open(*master_), makeObject(view))) return place;
    } catch (const Error& error) {
      failure = error;
    }
  }
  // What the master doesn't lead to, the XML may: BigDataViewer itself ignores its partitions when reading.
  for (const SpimPartition& partition : partitions_) {
    const auto timepoint = std::ranges::find(partition.timepoints, view.first);
    const auto setup = std::ranges::find(partition.setups, view.second);
    if (timepoint == partition.timepoints.end() || setup == partition.setups.end()) continue;
    const auto file = findStatedFile(partition.path, baseFolder_, {opened_.parent_path()});
    if (!file) {
      if (!failure)
        failure = Error(fmt::format("{}: the partition file {} can't be found", opened_.string(), partition.path.text));
      continue;
    }
    const SpimView mapped(partition.timepointsMapped[timepoint - partition.timepoints.begin()],
                          partition.setupsMapped[setup - partition.setups.begin()]);
    if (auto place = followLinks(open(*file), makeObject(mapped))) return place;
  }
  if (failure) throw *failure;
  return std::nullopt;
}

std::optional<Hdf5Place> BdvFiles::findCells(const SpimView& view, int level) {
  return find(view, [&](const SpimView& ids) { return cellsObject(ids, level); });
}

std::optional<Hdf5Place> BdvFiles::findSetupGroup(const SpimView& view) { return find(view, setupObject); }

}  // namespace volary
