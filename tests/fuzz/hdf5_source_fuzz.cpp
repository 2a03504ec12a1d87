// Opens any bytes as an HDF5 file of voxels (BigDataViewer's, Imaris's or any) and reads every image, level and chunk.
#include "base/error.h"
#include "formats/open.h"
#include "fuzz/read_source.h"
#include "support/files/memory_file.h"

using namespace volary;
using namespace volary::test;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t count) {
  const MemoryFile file(std::as_bytes(std::span(bytes, count)));
  try {
    readWithinBounds(*openSource(file.path()));
  } catch (const Error&) {
    // A damaged file should end here.
  }
  return 0;
}
