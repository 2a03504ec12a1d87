#pragma once

#include "formats/bdv/spim_data.h"
#include "formats/hdf5_image/hdf5_files.h"
#include "storage/location.h"

#include <optional>
#include <string>
#include <vector>

namespace volary {

/// Finds the images of a BigDataViewer dataset: in the master, or in the partitions that its links or the XML lead to.
/// Any thread. Errors name the file that was opened by the user.
class BdvFiles {
 public:
  /// `master` may be missing if there are partitions. `files` must outlive this.
  BdvFiles(Hdf5Files& files, std::optional<Location> master, const SpimData& data);

  /// The master and the partitions that the XML lists, as far as they are there. If it lists none, the files beside the
  /// master that BigDataViewer would name as its partitions, "x-00-00.h5" of "x.h5": its links may lead there.
  std::vector<Location> list() const;

  /// The voxels of one level. Nothing if there are none; throws Error if they are in a file that can't be opened.
  std::optional<Hdf5Place> findCells(const SpimView& view, int level);

  /// The group of a setup's tables and type ("s00"), in the file that has it.
  std::optional<Hdf5Place> findSetupGroup(const SpimView& view);

 private:
  template <typename MakeObject>
  std::optional<Hdf5Place> find(const SpimView& view, MakeObject makeObject);

  Hdf5Files& files_;
  std::optional<Location> master_;
  Location baseFolder_;
  std::vector<SpimPartition> partitions_;
};

/// The file that a path in an XML means: as stated (from `base` if relative), or else the same name in one of
/// `folders`. Nothing if none of these is there.
std::optional<Location> findStatedFile(const SpimPath& stated, const Location& base,
                                       const std::vector<Location>& folders);

}  // namespace volary
