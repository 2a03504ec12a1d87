#include "support/oracles/hdf5_oracle.h"

#include <hdf5.h>

#include <stdexcept>

namespace volary::test {

std::vector<std::byte> readWithHdf5(const std::filesystem::path& file, const std::string& dataset, VoxelType type) {
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
  // As Volary opens it: the library refuses a file that is open in this process with another setting of locks.
  const hid_t access = H5Pcreate(H5P_FILE_ACCESS);
  H5Pset_file_locking(access, false, true);
  const hid_t fileId = H5Fopen(file.c_str(), H5F_ACC_RDONLY, access);
  H5Pclose(access);
  const hid_t id = H5Dopen2(fileId, dataset.c_str(), H5P_DEFAULT);
  if (fileId < 0 || id < 0) throw std::runtime_error(file.string() + " " + dataset + " can't be opened");
  const hid_t space = H5Dget_space(id);
  const hid_t stored = H5Dget_type(id);
  // Newer libraries have a native type of half precision.
  const hid_t native =
      type == VoxelType::float32 ? H5Tcopy(H5T_NATIVE_FLOAT) : H5Tget_native_type(stored, H5T_DIR_ASCEND);
  std::vector<std::byte> voxels(static_cast<std::size_t>(H5Sget_simple_extent_npoints(space)) * voxelBytes(type));
  const bool fits = H5Tget_size(native) == voxelBytes(type);
  const herr_t status = fits ? H5Dread(id, native, H5S_ALL, H5S_ALL, H5P_DEFAULT, voxels.data()) : -1;
  H5Tclose(native);
  H5Tclose(stored);
  H5Sclose(space);
  H5Dclose(id);
  H5Fclose(fileId);
  if (status < 0) throw std::runtime_error(file.string() + " " + dataset + " can't be read");
  return voxels;
}

bool hdf5ReadsAllRecords() {
  unsigned major = 0, minor = 0, release = 0;
  H5get_libversion(&major, &minor, &release);
  return !(major == 1 && minor == 14 && (release == 5 || release == 6));
}

}  // namespace volary::test
