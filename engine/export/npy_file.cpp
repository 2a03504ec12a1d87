// Based on: NumPy Enhancement Proposal 1, "A Simple File Format for NumPy Arrays" (2007), format version 1.0.
#include "base/error.h"
#include "export/image_file.h"
#include "storage/atomic_file.h"

#include <bit>
#include <cassert>

namespace volary {

namespace {

// NumPy's array protocol: byte order, kind, bytes.
std::string typeString(VoxelType type) {
  const std::size_t bytes = voxelBytes(type);
  const char order = bytes == 1 ? '|' : std::endian::native == std::endian::little ? '<' : '>';
  const char kind = !isInteger(type) ? 'f' : naturalRange(type).min < 0 ? 'i' : 'u';
  return fmt::format("{}{}{}", order, kind, bytes);
}

std::string makeHeader(const ImagePlane& plane) {
  std::string dictionary = fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}, {}), }}",
                                       typeString(plane.type), plane.height, plane.width);
  // Magic, version and length take 10 bytes; the header ends with a newline on a multiple of 64.
  const std::size_t length = (10 + dictionary.size() + 1 + 63) / 64 * 64 - 10;
  dictionary.resize(length - 1, ' ');
  dictionary += '\n';
  std::string header("\x93NUMPY\x01\x00", 8);
  header += static_cast<char>(length & 0xff);
  header += static_cast<char>(length >> 8);
  return header + dictionary;
}

}  // namespace

void writeNpy(const std::filesystem::path& path, const ImagePlane& plane) {
  assert(plane.voxels.size() == static_cast<std::size_t>(plane.width * plane.height) * voxelBytes(plane.type));
  AtomicFile file(path);
  const std::string header = makeHeader(plane);
  file.write(std::as_bytes(std::span(header)));
  file.write(plane.voxels);
  file.commit();
}

}  // namespace volary
