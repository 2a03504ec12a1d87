#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <span>
#include <string_view>
#include <vector>

namespace volary::test {

/// Ends the program with a finding unless `holds`, in every build.
inline void require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "finding: %s\n", what);
  std::abort();
}

/// Takes numbers and bytes off the front of a fuzzer's input, little-endian; zeros once it has ended.
class FuzzInput {
 public:
  FuzzInput(const std::uint8_t* bytes, std::size_t count) : bytes_(std::as_bytes(std::span(bytes, count))) {}

  std::uint64_t number(unsigned width) {
    std::uint64_t value = 0;
    for (unsigned i = 0; i < width && !bytes_.empty(); ++i, bytes_ = bytes_.subspan(1))
      value |= std::to_integer<std::uint64_t>(bytes_[0]) << (8 * i);
    return value;
  }
  std::uint8_t u8() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u32() { return static_cast<std::uint32_t>(number(4)); }

  /// What is left, in memory of its own, so that a sanitizer sees a read beyond it.
  std::vector<std::byte> rest() const { return {bytes_.begin(), bytes_.end()}; }
  std::string_view restAsText() const { return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()}; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace volary::test
