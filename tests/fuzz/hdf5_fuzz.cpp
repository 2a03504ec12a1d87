// Opens any bytes as an HDF5 file and reads all of it: every link, attribute, dataset, chunk index and chunk.
#include "base/error.h"
#include "support/files/memory_file.h"
#include "support/oracles/hdf5_listing.h"

#include <cstddef>
#include <cstdint>
#include <span>

using namespace volary;

namespace {

constexpr std::uint64_t kMaxCells = 1 << 12;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const test::MemoryFile file(std::as_bytes(std::span(bytes, count)));
  try {
    test::listHdf5(file.path(), kMaxCells);
  } catch (const Error&) {
    // A damaged file should end here.
  }
  return 0;
}
