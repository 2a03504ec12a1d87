#pragma once

#include "formats/bdv/hdf5_file.h"
#include "formats/bdv/spim_data.h"

#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace volary {

/// An object in an opened file.
struct Hdf5Place {
  std::shared_ptr<const Hdf5File> file;
  std::string object;
};

/// The HDF5 files of one BigDataViewer dataset: the master, and the partitions that its links or the XML lead to.
/// Keeps the last few open. Any thread. Errors name the file that was opened by the user.
class BdvFiles {
 public:
  /// `master` may be missing if there are partitions.
  BdvFiles(std::filesystem::path opened, std::optional<std::filesystem::path> master, const SpimData& data);

  /// The voxels of one level. Nothing if there are none; throws Error if they are in a file that can't be opened.
  std::optional<Hdf5Place> findCells(const SpimView& view, int level);

  /// The group of a setup's tables and type ("s00"), in the file that has it.
  std::optional<Hdf5Place> findSetupGroup(const SpimView& view);

  /// Opens a file, or takes it from those that are open.
  std::shared_ptr<const Hdf5File> open(const std::filesystem::path& file);

 private:
  std::optional<Hdf5Place> followLinks(std::shared_ptr<const Hdf5File> file, std::string object);
  template <typename MakeObject>
  std::optional<Hdf5Place> find(const SpimView& view, MakeObject makeObject);

  std::filesystem::path opened_;
  std::optional<std::filesystem::path> master_;
  std::filesystem::path baseFolder_;
  std::vector<SpimPartition> partitions_;
  std::mutex mutex_;
  std::list<std::shared_ptr<const Hdf5File>> recent_;  ///< the last used first
};

/// The file that a path in an XML or a link means: as stated (from `base` if relative), or else the same name in one of
/// `folders`, because files are moved about. Nothing if none of these is there.
std::optional<std::filesystem::path> findStatedFile(const SpimPath& stated, const std::filesystem::path& base,
                                                    const std::vector<std::filesystem::path>& folders);

}  // namespace volary
