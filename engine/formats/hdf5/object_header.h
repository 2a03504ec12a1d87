#pragma once

#include "formats/hdf5/cursor.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace volary::hdf5 {

class File;

/// HDF5 file format, IV.A.2 "Object Header Messages": the types that this reader looks at.
enum class MessageType : std::uint16_t {
  dataspace = 0x01,
  linkInfo = 0x02,
  datatype = 0x03,
  oldFillValue = 0x04,
  fillValue = 0x05,
  link = 0x06,
  externalFiles = 0x07,
  layout = 0x08,
  filterPipeline = 0x0b,
  attribute = 0x0c,
  continuation = 0x10,
  symbolTable = 0x11,
  btreeK = 0x13,
  driverInfo = 0x14,
  attributeInfo = 0x15,
};

/// One message; its bytes belong to the ObjectHeader.
struct Message {
  MessageType type{};
  bool isShared = false;  ///< the body says where the true message is
  std::span<const std::byte> body;

  Cursor cursor(Widths widths) const { return {body, widths, "message"}; }
};

/// All messages of an object, in the order of the file. Move-only: messages point into the blocks.
struct ObjectHeader {
  ObjectHeader() = default;
  ObjectHeader(ObjectHeader&&) = default;
  ObjectHeader& operator=(ObjectHeader&&) = default;

  /// The first message of a type, or nullptr.
  const Message* find(MessageType type) const;

  std::uint64_t address = kUndefinedAddress;
  std::vector<std::vector<std::byte>> blocks;
  std::vector<Message> messages;
};

/// Reads an object header, version 1 or 2, with its continuations. Throws Error if it is damaged, absurdly large, or
/// leads in a circle.
ObjectHeader readObjectHeader(const File& file, std::uint64_t address);

}  // namespace volary::hdf5
