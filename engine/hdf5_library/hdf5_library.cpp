#include "hdf5_library/hdf5_library.h"

#include <cstdint>

namespace volary {

namespace {

static_assert(sizeof(hid_t) == sizeof(std::int64_t), "headers hold identifiers as 64-bit integers");

std::mutex& libraryMutex() {
  static std::mutex mutex;
  return mutex;
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

}  // namespace volary
