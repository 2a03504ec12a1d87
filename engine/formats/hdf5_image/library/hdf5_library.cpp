#include "formats/hdf5_image/library/hdf5_library.h"

#include <cstdint>
#include <utility>

namespace volary {

namespace {

static_assert(sizeof(hid_t) == sizeof(std::int64_t), "library_hdf5_file.h holds identifiers as 64-bit integers");

std::mutex& libraryMutex() {
  static std::mutex mutex;
  return mutex;
}

hid_t noExternalLinks(hid_t propertyClass) {
  const auto refuse = [](const char*, const char*, const char*, const char*, unsigned*, hid_t,
                         void*) noexcept -> herr_t { return -1; };
  const hid_t properties = H5Pcreate(propertyClass);
  H5Pset_elink_cb(properties, refuse, nullptr);
  return properties;
}

}  // namespace

Hdf5Lock::Hdf5Lock() : lock_(libraryMutex()) {
  // The error stack belongs to the thread where the library is thread-safe, so this can't be done once and for all.
  H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr);
}

std::string hdf5ErrorText() {
  std::string text;
  const auto take = [](unsigned, const H5E_error2_t* error, void* out) -> herr_t {
    auto& words = *static_cast<std::string*>(out);
    if (words.empty() && error->desc) words = error->desc;
    return 0;
  };
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, take, &text);
  H5Eclear2(H5E_DEFAULT);
  return text.empty() ? "the HDF5 library gives no reason" : text;
}

hid_t Hdf5LocalId::release() { return std::exchange(id_, -1); }

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
  const Hdf5LocalId access(H5Pcreate(H5P_FILE_ACCESS));
  H5Pset_file_locking(access, false, true);
  return H5Fopen(path, H5F_ACC_RDONLY, access);
}

}  // namespace volary
