#pragma once

#include "base/error.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace volary {

/// Puts numbers and texts behind one another, for PacketReader in another process of this program.
class PacketWriter {
 public:
  void number(std::uint64_t value) { append(std::as_bytes(std::span(&value, 1))); }
  void bytes(std::span<const std::byte> value) {
    number(value.size());
    append(value);
  }
  void text(const std::string& value) { bytes(std::as_bytes(std::span(value))); }

  std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  void append(std::span<const std::byte> value) {
    const std::size_t end = bytes_.size();
    bytes_.resize(end + value.size());
    std::ranges::copy(value, bytes_.data() + end);
  }

  std::vector<std::byte> bytes_;
};

/// Takes them apart again, in the same order. Does not own the bytes, and does not trust them: throws Error where they
/// end too early.
class PacketReader {
 public:
  explicit PacketReader(std::span<const std::byte> bytes) : bytes_(bytes) {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  bool flag() { return number() != 0; }
  std::span<const std::byte> bytes() { return take(number()); }
  std::string text() {
    const std::span<const std::byte> value = bytes();
    return {reinterpret_cast<const char*>(value.data()), value.size()};
  }
  /// The number of items of a list, each of which takes at least one number.
  std::size_t count() {
    const std::uint64_t value = number();
    if (value > bytes_.size() / sizeof value) refuse();
    return value;
  }

 private:
  [[noreturn]] static void refuse() { fail("the HDF5 library gives an answer that makes no sense"); }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size()) refuse();
    const std::span<const std::byte> value = bytes_.first(count);
    bytes_ = bytes_.subspan(count);
    return value;
  }

  std::span<const std::byte> bytes_;
};

}  // namespace volary
