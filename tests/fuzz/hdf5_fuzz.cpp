// Opens any bytes as an HDF5 file and reads all of it: every link, attribute, dataset and chunk index.
#include "base/error.h"
#include "support/hdf5_listing.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>

#include <sys/mman.h>
#include <unistd.h>

namespace {

constexpr std::uint64_t kMaxCells = 1 << 12;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const int descriptor = memfd_create("input", MFD_CLOEXEC);
  if (descriptor < 0 || write(descriptor, bytes, count) != static_cast<ssize_t>(count)) std::abort();
  try {
    volary::test::listHdf5("/proc/self/fd/" + std::to_string(descriptor), kMaxCells);
  } catch (const volary::Error&) {
    // What a damaged file should end as.
  }
  close(descriptor);
  return 0;
}
