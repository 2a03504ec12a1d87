#include "formats/hdf5/superblock.h"

#include "formats/hdf5/checksum.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/object_header.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <array>
#include <optional>

namespace volary::hdf5 {

namespace {

constexpr std::array<std::byte, 8> kSignature = {std::byte{0x89}, std::byte{'H'},  std::byte{'D'},  std::byte{'F'},
                                                 std::byte{'\r'}, std::byte{'\n'}, std::byte{0x1a}, std::byte{'\n'}};
// Version 1 with addresses of 8 bytes is the longest: 28 fixed bytes, four addresses, a symbol table entry.
constexpr std::size_t kMaxSuperblockBytes = 28 + 4 * 8 + 40;

/// II.A: the superblock begins at byte 0, 512, 1024, 2048 and so on.
std::optional<std::uint64_t> findSignature(const File& file) {
  std::array<std::byte, 8> bytes{};
  for (std::uint64_t position = 0; position + bytes.size() <= file.sizeBytes();
       position = std::max<std::uint64_t>(512, 2 * position)) {
    file.readAt(position, bytes);
    if (bytes == kSignature) return position;
    if (position > file.sizeBytes() / 2) break;
  }
  return std::nullopt;
}

/// A description of a driver is there only if the bytes lie in several files ("family", "multi"). If only one of these
/// is opened, the library gives no reason.
[[noreturn]] void failSplit() {
  fail(
      "this is one of several files that an HDF5 file was split into, which is not supported (h5repart or h5repack joins "
      "them)");
}

Widths readWidths(Cursor& cursor) {
  Widths widths;
  widths.offset = cursor.u8();
  widths.length = cursor.u8();
  for (const unsigned width : {widths.offset, widths.length})
    if (width != 2 && width != 4 && width != 8) failUnsupported("addresses or lengths of {} bytes are unknown", width);
  return widths;
}

/// II.A, versions 0 and 1. Returns the end-of-file address.
std::uint64_t readOldSuperblock(std::span<const std::byte> bytes, unsigned version, Superblock& superblock) {
  Cursor head(bytes, {}, "superblock");
  // Signature, version, versions of the free space storage and the root group's entry, reserved, of shared messages.
  head.skip(8 + 1 + 2 + 1 + 1);
  superblock.widths = readWidths(head);
  head.skip(1);
  superblock.groupLeafK = head.u16();
  superblock.groupInternalK = head.u16();
  head.skip(4);
  if (version == 1) {
    superblock.chunkInternalK = head.u16();
    head.skip(2);
  }
  Cursor rest(bytes.subspan(head.position()), superblock.widths, "superblock");
  superblock.baseAddress = rest.address();
  rest.address();  // free space
  const std::uint64_t endOfFile = rest.address();
  if (rest.address() != kUndefinedAddress) failSplit();
  // III.C "Symbol Table Entry": name's offset, then the object header.
  rest.skip(superblock.widths.offset);
  superblock.rootHeader = rest.address();
  return endOfFile;
}

/// II.A, versions 2 and 3. Returns the end-of-file address.
std::uint64_t readNewSuperblock(std::span<const std::byte> bytes, Superblock& superblock) {
  Cursor head(bytes, {}, "superblock");
  head.skip(8 + 1);
  superblock.widths = readWidths(head);
  head.skip(1);
  Cursor rest(bytes.subspan(head.position()), superblock.widths, "superblock");
  superblock.baseAddress = rest.address();
  superblock.extension = rest.address();
  const std::uint64_t endOfFile = rest.address();
  superblock.rootHeader = rest.address();
  rest.skip(4);
  verifyChecksum(bytes.first(head.position() + rest.position()), "superblock");
  return endOfFile;
}

}  // namespace

Superblock readSuperblock(const File& file) {
  const std::optional<std::uint64_t> position = findSignature(file);
  if (!position) fail("this is not an HDF5 file");
  std::vector<std::byte> bytes(std::min<std::uint64_t>(kMaxSuperblockBytes, file.sizeBytes() - *position));
  file.readAt(*position, bytes);

  Superblock superblock;
  if (bytes.size() < 9) fail("a superblock ends too early");
  const auto version = std::to_integer<unsigned>(bytes[8]);
  if (version > 3) failUnsupported("a superblock has the unknown version {}", version);
  std::uint64_t endOfFile =
      version < 2 ? readOldSuperblock(bytes, version, superblock) : readNewSuperblock(bytes, superblock);
  if (endOfFile == kUndefinedAddress) fail("its superblock does not say where the file ends");

  // If a user block was added or removed later, the place of the superblock counts, not what it says.
  endOfFile += *position - superblock.baseAddress;
  superblock.baseAddress = *position;
  if (endOfFile > file.sizeBytes())
    fail("the file is truncated: it has {} bytes and says that it has {}", file.sizeBytes(), endOfFile);
  return superblock;
}

void readSuperblockExtension(const File& file, Superblock& superblock) {
  if (superblock.extension == kUndefinedAddress) return;
  const ObjectHeader header = readObjectHeader(file, superblock.extension);
  if (header.find(MessageType::driverInfo)) failSplit();
  if (const Message* message = header.find(MessageType::btreeK)) {
    // IV.A.2.t "B-tree 'K' Values".
    Cursor cursor = message->cursor(file.widths());
    cursor.expectVersion(0);
    superblock.chunkInternalK = cursor.u16();
    superblock.groupInternalK = cursor.u16();
    superblock.groupLeafK = cursor.u16();
  }
}

}  // namespace volary::hdf5
