#include "formats/hdf5/cursor.h"

#include "formats/hdf5/unsupported.h"

#include <algorithm>

namespace volary::hdf5 {

std::span<const std::byte> Cursor::take(std::uint64_t count) {
  if (count > remaining()) fail("a {} ends too early", what_);
  const std::span<const std::byte> taken = bytes_.subspan(position_, count);
  position_ += count;
  return taken;
}

std::uint64_t Cursor::number(unsigned width) {
  const std::span<const std::byte> digits = take(width);
  std::uint64_t value = 0;
  for (unsigned i = 0; i < width; ++i) value |= std::to_integer<std::uint64_t>(digits[i]) << (8 * i);
  return value;
}

std::uint64_t Cursor::allOnesWidened(unsigned width) {
  const std::uint64_t value = number(width);
  const bool allOnes = width == 8 || value == (std::uint64_t{1} << (8 * width)) - 1;
  return width < 8 && allOnes ? kUndefinedAddress : value;
}

std::string Cursor::text(std::uint64_t count) {
  const std::span<const std::byte> letters = take(count);
  const auto end = std::ranges::find(letters, std::byte{0});
  return {reinterpret_cast<const char*>(letters.data()), static_cast<std::size_t>(end - letters.begin())};
}

std::string Cursor::terminatedText() {
  const std::span<const std::byte> rest = bytes_.subspan(position_);
  const auto end = std::ranges::find(rest, std::byte{0});
  if (end == rest.end()) fail("a {} holds a text without an end", what_);
  std::string result = text(static_cast<std::uint64_t>(end - rest.begin()));
  skip(1);
  return result;
}

void Cursor::expectSignature(std::string_view signature) {
  const std::span<const std::byte> letters = take(signature.size());
  const auto same = [](std::byte b, char c) { return b == static_cast<std::byte>(c); };
  if (!std::ranges::equal(letters, signature, same)) fail("a {} does not begin with {}", what_, signature);
}

void Cursor::expectVersion(unsigned version) {
  if (const unsigned found = u8(); found != version) failUnsupported("a {} has the unknown version {}", what_, found);
}

}  // namespace volary::hdf5
