#include "formats/hdf5_image/library/library_access.h"

namespace volary {

namespace {

hid_t noExternalLinks(hid_t propertyClass) {
  const auto refuse = [](const char*, const char*, const char*, const char*, unsigned*, hid_t,
                         void*) noexcept -> herr_t { return -1; };
  const hid_t properties = H5Pcreate(propertyClass);
  H5Pset_elink_cb(properties, refuse, nullptr);
  return properties;
}

}  // namespace

// Both are made once and closed by the library at exit.
hid_t hdf5LinkAccess() {
  static const hid_t properties = noExternalLinks(H5P_LINK_ACCESS);
  return properties;
}
hid_t hdf5DatasetAccess() {
  static const hid_t properties = noExternalLinks(H5P_DATASET_ACCESS);
  return properties;
}

hid_t openHdf5(const char* path) {
  const Hdf5Handle access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access, false, true);
  return H5Fopen(path, H5F_ACC_RDONLY, access);
}

}  // namespace volary
