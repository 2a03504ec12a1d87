#include "storage/store.h"

#include "base/bytes.h"

#include <algorithm>

namespace volary {

void ByteFile::readAt(std::uint64_t position, std::span<std::byte> out) const {
  const std::uint64_t size = sizeBytes();
  if (position > size || out.size() > size - position)
    fail("{} bytes at {} are beyond the end of the file, which has {}", out.size(), position, size);
  if (!out.empty()) read(position, out);
}

std::size_t ByteFile::readUpTo(std::uint64_t position, std::span<std::byte> out) const {
  const std::uint64_t size = sizeBytes();
  if (position >= size) return 0;
  const auto count = static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), size - position));
  readAt(position, out.first(count));
  return count;
}

std::optional<std::vector<std::byte>> Store::findBytes(const std::string& key, std::uint64_t maxBytes) {
  const std::shared_ptr<ByteFile> file = find(key);
  if (!file) return std::nullopt;
  refuseLarger(file->sizeBytes(), maxBytes);
  std::vector<std::byte> bytes(file->sizeBytes());
  file->readAt(0, bytes);
  return bytes;
}

void Store::refuseLarger(std::uint64_t sizeBytes, std::uint64_t maxBytes) {
  if (sizeBytes > maxBytes)
    fail("the file has {}, more than {} is absurd", formatBytes(sizeBytes), formatBytes(maxBytes));
}

}  // namespace volary
