#include "formats/bdv/bdv_files.h"

#include "base/error.h"

#include <algorithm>
#include <utility>

namespace volary {

namespace {

// bdv.img.hdf5.Util: the widths are minima, setup 100 is "s100".
std::string cellsObject(const SpimView& view, int level) {
  return fmt::format("t{:05}/s{:02}/{}/cells", view.first, view.second, level);
}
std::string setupObject(const SpimView& view) { return fmt::format("s{:02}", view.second); }

}  // namespace

std::optional<Location> findStatedFile(const SpimPath& stated, const Location& base,
                                       const std::vector<Location>& folders) {
  if (stated.known) return stated.known;
  if (stated.text.empty()) return std::nullopt;
  const std::size_t first = stated.relative ? stated.text.find_first_not_of('/') : 0;
  return findMovedFile(base, std::string_view(stated.text).substr(std::min(first, stated.text.size())), folders);
}

BdvFiles::BdvFiles(Hdf5Files& files, std::optional<Location> master, const SpimData& data)
    : files_(files), master_(std::move(master)), baseFolder_(data.baseFolder), partitions_(data.partitions) {}

std::vector<Location> BdvFiles::list() const {
  std::vector<Location> files;
  if (master_) files.push_back(*master_);
  for (const SpimPartition& partition : partitions_)
    if (const auto file = findStatedFile(partition.path, baseFolder_, {files_.opened().parent()}))
      files.push_back(*file);
  if (!master_ || !partitions_.empty()) return files;
  const Location folder = master_->parent();
  for (const StoreEntry& entry : folder.list().value_or(std::vector<StoreEntry>()))
    if (entry.name.starts_with(master_->stem() + "-") && entry.name.ends_with(master_->extension()))
      files.push_back(folder / entry.name);
  std::ranges::sort(files, {}, &Location::key);
  return files;
}

template <typename MakeObject>
std::optional<Hdf5Place> BdvFiles::find(const SpimView& view, MakeObject makeObject) {
  std::optional<Error> failure;
  if (master_) {
    try {
      if (auto place = files_.find(files_.open(*master_), makeObject(view))) return place;
    } catch (const Error& error) {
      failure = error;
    }
  }
  // The XML may lead to images that the master doesn't link to. BigDataViewer itself ignores the XML's partitions when
  // reading.
  for (const SpimPartition& partition : partitions_) {
    const auto timepoint = std::ranges::find(partition.timepoints, view.first);
    const auto setup = std::ranges::find(partition.setups, view.second);
    if (timepoint == partition.timepoints.end() || setup == partition.setups.end()) continue;
    const auto file = findStatedFile(partition.path, baseFolder_, {files_.opened().parent()});
    if (!file) {
      if (!failure)
        failure =
            Error(fmt::format("{}: the partition file {} can't be found", files_.opened().text(), partition.path.text));
      continue;
    }
    const SpimView mapped(partition.timepointsMapped[timepoint - partition.timepoints.begin()],
                          partition.setupsMapped[setup - partition.setups.begin()]);
    if (auto place = files_.find(files_.open(*file), makeObject(mapped))) return place;
  }
  if (failure) throw *failure;
  return std::nullopt;
}

std::optional<Hdf5Place> BdvFiles::findCells(const SpimView& view, int level) {
  return find(view, [&](const SpimView& ids) { return cellsObject(ids, level); });
}

std::optional<Hdf5Place> BdvFiles::findSetupGroup(const SpimView& view) { return find(view, setupObject); }

}  // namespace volary
