// Based on: HDF5 file format 3.0, IV.A "Data Object Headers".
#include "formats/hdf5/object_header.h"

#include "formats/hdf5/checksum.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/unsupported.h"

#include <algorithm>
#include <set>

namespace volary::hdf5 {

namespace {

constexpr const char* kObjectHeader = "object header";
// Attributes make headers long, 64 KiB each at most; a thousand of them is more than any writer keeps here.
constexpr std::uint64_t kMaxHeaderBytes = std::uint64_t{64} << 20;
constexpr std::uint8_t kSharedFlag = 1u << 1;
constexpr std::uint8_t kFailIfUnknownFlag = 1u << 7;
// IV.A.1.b, bits of the header's flags.
constexpr std::uint8_t kCreationOrderFlag = 1u << 2;
constexpr std::uint8_t kPhaseChangeFlag = 1u << 4;
constexpr std::uint8_t kTimesFlag = 1u << 5;
constexpr unsigned kMaxKnownType = 0x18;

/// Reads one header: block after block, as continuation messages name them.
class HeaderReader {
 public:
  HeaderReader(const File& file, std::uint64_t address) : file_(file) { header_.address = address; }

  ObjectHeader read() && {
    const std::vector<std::byte> start = file_.readBlockUpTo(header_.address, 16, kObjectHeader);
    Cursor cursor(start, file_.widths(), kObjectHeader);
    const bool isNew = start.size() >= 4 && cursor.number(4) == 0x5244484f;  // "OHDR"
    if (isNew) {
      readNewStart(cursor);
    } else {
      readOldStart(start);
    }
    while (!continuations_.empty()) {
      const Continuation next = continuations_.back();
      continuations_.pop_back();
      addBlock(next.address, next.length);
      if (isNew) {
        readNewContinuation();
      } else {
        readOldMessages(header_.blocks.back());
      }
    }
    return std::move(header_);
  }

 private:
  struct Continuation {
    std::uint64_t address;
    std::uint64_t length;
  };

  void addBlock(std::uint64_t address, std::uint64_t length) {
    bytes_ += std::min(length, kMaxHeaderBytes + 1);
    if (bytes_ > kMaxHeaderBytes) fail("an object header is absurdly large");
    if (!seen_.insert(address).second) fail("an object header goes round in a circle");
    header_.blocks.push_back(file_.readBlock(address, length, kObjectHeader));
  }

  // IV.A.1.a "Version 1 Data Object Header Prefix".
  void readOldStart(std::span<const std::byte> start) {
    Cursor cursor(start, file_.widths(), kObjectHeader);
    if (const unsigned version = cursor.u8(); version != 1) fail("there is no object header at {}", header_.address);
    cursor.skip(1 + 2 + 4);
    const std::uint32_t length = cursor.u32();
    addBlock(header_.address + 16, length);
    readOldMessages(header_.blocks.back());
  }

  void readOldMessages(std::span<const std::byte> block) {
    Cursor cursor(block, file_.widths(), kObjectHeader);
    constexpr std::size_t kPrefix = 8;
    while (cursor.remaining() >= kPrefix) {
      const std::uint16_t type = cursor.u16();
      const std::uint16_t length = cursor.u16();
      const std::uint8_t flags = cursor.u8();
      cursor.skip(3);
      addMessage(type, flags, cursor.take(length));
    }
  }

  // IV.A.1.b "Version 2 Data Object Header Prefix"; `cursor` is after the signature.
  void readNewStart(Cursor cursor) {
    cursor.expectVersion(2);
    flags_ = cursor.u8();
    std::uint64_t prefix = 6;
    if ((flags_ & kTimesFlag) != 0) prefix += 16;
    if ((flags_ & kPhaseChangeFlag) != 0) prefix += 4;
    const unsigned lengthWidth = 1u << (flags_ & 3u);
    const std::vector<std::byte> head = file_.readBlock(header_.address, prefix + lengthWidth, kObjectHeader);
    Cursor atLength(head, file_.widths(), kObjectHeader);
    atLength.skip(prefix);
    const std::uint64_t length = atLength.number(lengthWidth);
    if (length > kMaxHeaderBytes) fail("an object header is absurdly large");
    addBlock(header_.address, head.size() + length + 4);
    verifyChecksum(header_.blocks.back(), kObjectHeader);
    readNewMessages(std::span(header_.blocks.back()).subspan(head.size(), length));
  }

  void readNewContinuation() {
    const std::span<const std::byte> block = header_.blocks.back();
    Cursor cursor(block, file_.widths(), kObjectHeader);
    cursor.expectSignature("OCHK");
    verifyChecksum(block, kObjectHeader);
    if (block.size() < 8) fail("an object header ends too early");
    readNewMessages(block.subspan(4, block.size() - 8));
  }

  void readNewMessages(std::span<const std::byte> messages) {
    Cursor cursor(messages, file_.widths(), kObjectHeader);
    const std::size_t prefix = (flags_ & kCreationOrderFlag) != 0 ? 6 : 4;
    // Bytes that are too few for a message are a gap.
    while (cursor.remaining() >= prefix) {
      const std::uint8_t type = cursor.u8();
      const std::uint16_t length = cursor.u16();
      const std::uint8_t flags = cursor.u8();
      cursor.skip(prefix - 4);
      addMessage(type, flags, cursor.take(length));
    }
  }

  void addMessage(std::uint16_t type, std::uint8_t flags, std::span<const std::byte> body) {
    if (type >= kMaxKnownType && (flags & kFailIfUnknownFlag) != 0)
      failUnsupported("an object header has the unknown message {}, which must be understood", type);
    const auto known = static_cast<MessageType>(type);
    if (known == MessageType::continuation) {
      // IV.A.2.q "Object Header Continuation".
      Cursor cursor(body, file_.widths(), kObjectHeader);
      const std::uint64_t address = cursor.address();
      continuations_.push_back({address, cursor.length()});
    }
    header_.messages.push_back({known, (flags & kSharedFlag) != 0, body});
  }

  const File& file_;
  ObjectHeader header_;
  std::uint8_t flags_ = 0;
  std::vector<Continuation> continuations_;
  std::set<std::uint64_t> seen_;
  std::uint64_t bytes_ = 0;
};

}  // namespace

const Message* ObjectHeader::find(MessageType type) const {
  const auto found = std::ranges::find(messages, type, &Message::type);
  return found == messages.end() ? nullptr : &*found;
}

ObjectHeader readObjectHeader(const File& file, std::uint64_t address) { return HeaderReader(file, address).read(); }

}  // namespace volary::hdf5
