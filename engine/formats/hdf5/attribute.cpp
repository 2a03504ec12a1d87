// Based on: HDF5 file format 3.0, IV.A.2.m "The Attribute Message", IV.A.2.v "The Attribute Info Message".
#include "formats/hdf5/attribute.h"

#include "base/checked_math.h"
#include "formats/hdf5/btree_v2.h"
#include "formats/hdf5/checksum.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/fractal_heap.h"
#include "formats/hdf5/global_heap.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace volary::hdf5 {

namespace {

constexpr const char* kAttribute = "attribute";

/// Nothing if its name is not the one that is wanted.
std::optional<Attribute> parseAttribute(const File& file, std::span<const std::byte> body,
                                        const std::optional<std::string>& wanted) {
  Cursor cursor(body, file.widths(), kAttribute);
  const unsigned version = cursor.u8();
  if (version == 0 || version > 3) failUnsupported("an attribute has the unknown version {}", version);
  const unsigned flags = version == 1 ? (cursor.skip(1), 0u) : cursor.u8();
  const std::size_t nameBytes = cursor.u16();
  const std::size_t typeBytes = cursor.u16();
  const std::size_t spaceBytes = cursor.u16();
  if (version == 3) cursor.skip(1);  // character set
  // Version 1 pads each part to a multiple of eight bytes.
  const auto padded = [&](std::size_t bytes) { return version == 1 ? (bytes + 7) / 8 * 8 : bytes; };

  Attribute attribute;
  attribute.name = cursor.text(padded(nameBytes));
  if (wanted && *wanted != attribute.name) return std::nullopt;
  const Message type{MessageType::datatype, (flags & 1u) != 0, cursor.take(padded(typeBytes))};
  attribute.type = readDatatype(file, type);
  const std::span<const std::byte> space = cursor.take(padded(spaceBytes));
  if ((flags & 2u) != 0) failUnsupported("the dataspace of an attribute is shared");
  attribute.space = parseDataspace({space, file.widths(), kAttribute});

  std::uint64_t bytes = 0;
  if (!multiply(countValues(attribute.space), attribute.type.bytes, bytes))
    fail("the extents of an attribute are absurd");
  const std::span<const std::byte> data = cursor.take(bytes);
  attribute.data.assign(data.begin(), data.end());
  return attribute;
}

/// Visits attributes in a heap: the records of a B-tree, sorted by a hash of the name, say where each is.
void visitDense(const File& file, const Message& info, const std::optional<std::string>& name,
                const std::function<bool(const Attribute&)>& visit) {
  const Widths widths = file.widths();
  Cursor cursor = info.cursor(widths);
  cursor.expectVersion(0);
  const bool tracksOrder = (cursor.u8() & 1u) != 0;
  if (tracksOrder) cursor.skip(2);
  const std::uint64_t heapAddress = cursor.address();
  const std::uint64_t treeAddress = cursor.address();
  if (heapAddress == kUndefinedAddress) return;  // its attributes are messages

  FractalHeap heap(file, heapAddress);
  const BtreeV2 tree = readBtreeV2(file, treeAddress);
  // Record type 8: identifier in the heap (8), message flags (1), creation order (4), hash of the name (4).
  constexpr std::size_t kRecordBytes = 17;
  if (tree.kind != BtreeV2Kind::attributeNames || tree.recordBytes != kRecordBytes)
    fail("the index of an object's attributes is of the wrong kind");
  const std::uint32_t hash = name ? lookup3(std::as_bytes(std::span(*name))) : 0;
  const auto compare = [&](std::span<const std::byte> record) {
    if (!name) return 0;
    const std::uint32_t found = Cursor(record.subspan(13), widths, kAttribute).u32();
    return found < hash ? -1 : found > hash ? 1 : 0;
  };
  bool goOn = true;
  walkBtreeV2(file, tree, compare, [&](std::span<const std::byte> record) {
    if (!goOn) return;
    if ((std::to_integer<unsigned>(record[8]) & 2u) != 0) failUnsupported("an attribute is a shared message");
    if (const auto attribute = parseAttribute(file, heap.read(record.first(8)), name)) goOn = visit(*attribute);
  });
}

std::string withoutPadding(std::string text, StringPadding padding) {
  if (padding == StringPadding::spacePadded) text.erase(text.find_last_not_of(' ') + 1);
  return text;
}

template <typename T>
double convert(const std::byte* bytes, bool bigEndian) {
  std::array<std::byte, sizeof(T)> buffer;
  std::memcpy(buffer.data(), bytes, sizeof(T));
  if (bigEndian) std::ranges::reverse(buffer);
  T value;
  std::memcpy(&value, buffer.data(), sizeof(T));
  return static_cast<double>(value);
}

}  // namespace

void visitAttributes(const File& file, const ObjectHeader& object, const std::optional<std::string>& name,
                     const std::function<bool(const Attribute&)>& visit) {
  bool goOn = true;
  for (const Message& message : object.messages) {
    if (!goOn) return;
    if (message.type == MessageType::attribute) {
      if (message.isShared) failUnsupported("an attribute is a shared message");
      if (const auto attribute = parseAttribute(file, message.body, name)) goOn = visit(*attribute);
    }
    if (message.type == MessageType::attributeInfo)
      visitDense(file, message, name, [&](const Attribute& attribute) { return goOn = visit(attribute); });
  }
}

std::vector<std::string> readStrings(const File& file, const Attribute& attribute, std::uint64_t maxBytes) {
  const Datatype& type = attribute.type;
  if (!type.isString()) fail("the attribute {} is {} and not a string", attribute.name, describe(type));
  const std::uint64_t count = countValues(attribute.space);
  std::vector<std::string> strings;
  Cursor cursor(attribute.data, file.widths(), kAttribute);
  GlobalHeap heap(file);
  for (std::uint64_t i = 0; i < count; ++i) {
    if (!type.isVariableString) {
      strings.push_back(withoutPadding(cursor.text(type.bytes), type.padding));
    } else {
      // IV.B "Variable-length": number of bytes, then their place in a global heap.
      if (type.bytes != 8 + file.widths().offset) fail("the attribute {} has an odd size", attribute.name);
      const std::uint64_t length = cursor.u32();
      const std::uint64_t collection = cursor.address();
      const std::uint32_t index = cursor.u32();
      std::string text;
      if (length > 0) {
        const std::vector<std::byte> bytes = heap.read(collection, index, maxBytes);
        text = Cursor(bytes, file.widths(), kAttribute).text(std::min<std::uint64_t>(length, bytes.size()));
      }
      strings.push_back(withoutPadding(std::move(text), type.padding));
    }
    if (strings.back().size() > maxBytes) fail("the attribute {} is too long", attribute.name);
    maxBytes -= strings.back().size();
  }
  return strings;
}

std::vector<double> convertNumbers(std::span<const std::byte> bytes, const Datatype& type) {
  if (!type.number) failUnsupported("numbers are stored as {}", describe(type));
  std::vector<double> numbers(bytes.size() / type.bytes);
  visitVoxelType(*type.number, [&](auto zero) {
    for (std::size_t i = 0; i < numbers.size(); ++i)
      numbers[i] = convert<decltype(zero)>(bytes.data() + i * type.bytes, type.bigEndian);
  });
  return numbers;
}

std::vector<double> readNumbers(const Attribute& attribute) { return convertNumbers(attribute.data, attribute.type); }

}  // namespace volary::hdf5
