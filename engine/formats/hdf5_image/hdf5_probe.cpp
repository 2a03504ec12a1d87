#include "formats/hdf5_image/hdf5_probe.h"

#include "base/error.h"
#include "formats/hdf5_image/child_process.h"
#include "formats/hdf5_image/hdf5_describe.h"
#include "formats/hdf5_image/hdf5_library.h"

#include <array>
#include <chrono>
#include <optional>

namespace volary {

namespace {

// Long enough for thousands of objects, short enough to go unnoticed when a file is opened.
constexpr std::chrono::milliseconds kProbeTime(150);
// A disk that has to spin up, or a file server, may take seconds over the first byte.
constexpr std::chrono::milliseconds kProbeTimeout(10'000);

/// Looks at one object as opening and reading it will.
herr_t probeObject(hid_t file, const char* name, const H5O_info_t* info, void* deadline) noexcept {
  if (std::chrono::steady_clock::now() > *static_cast<std::chrono::steady_clock::time_point*>(deadline)) return 1;
  if (info->type == H5O_TYPE_GROUP) {
    const Hdf5LocalId attribute(H5Aopen_by_name(file, name, "dataType", H5P_DEFAULT, hdf5LinkAccess()));
    if (attribute >= 0) Hdf5LocalId(H5Aget_type(attribute));
  }
  if (info->type != H5O_TYPE_DATASET) return 0;
  const Hdf5LocalId dataset(H5Dopen2(file, name, hdf5DatasetAccess()));
  if (dataset < 0) return 0;
  try {
    const Hdf5DatasetInfo described = describeHdf5Dataset(dataset);
    std::array<hsize_t, 3> origin{};
    hsize_t bytes = 0;
    if (described.chunkVoxels) H5Dget_chunk_storage_size(dataset, origin.data(), &bytes);
    H5Dget_storage_size(dataset);  // walks the index of chunks
  } catch (const Error&) {
    // Not voxels: one of the tables.
    const Hdf5LocalId space(H5Dget_space(dataset));
    std::array<double, 256> values{};
    const hssize_t count = H5Sget_simple_extent_npoints(space);
    if (count > 0 && count <= static_cast<hssize_t>(values.size()))
      H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values.data());
  }
  return 0;
}

/// In the child, which has no other threads, under the lock of the parent's.
void probeObjects(const std::filesystem::path& path) {
  const Hdf5LocalId file(openHdf5(path.c_str()));
  if (file < 0) return;
  auto deadline = std::chrono::steady_clock::now() + kProbeTime;
  H5Ovisit(file, H5_INDEX_NAME, H5_ITER_NATIVE, probeObject, &deadline);
}

}  // namespace

void probeHdf5(const std::filesystem::path& file) {
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return;  // opening it says why
  std::optional<ChildProcess> child;
  {
    const Hdf5Lock lock;
    child.emplace([&file] { probeObjects(file); });
  }
  switch (child->wait(kProbeTimeout)) {
    case ChildProcess::End::done: return;
    case ChildProcess::End::crashed:
      fail("{}: this HDF5 file is damaged: it makes the HDF5 library crash", file.string());
    case ChildProcess::End::hung:
      fail("{}: this HDF5 file is damaged, or too slow to read: the HDF5 library does not come back", file.string());
  }
}

}  // namespace volary
