#include "export/zarr_encoder.h"

#include "base/error.h"
#include "build/blosc_encoder.h"
#include "codecs/crc32c.h"
#include "export/chunk_encoder.h"

#include <zstd.h>

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <memory>

namespace volary {
namespace {

static_assert(std::endian::native == std::endian::little, "chunks are stored little-endian, as they are in memory");

// Memory to compress into, kept for the next chunk. It is larger than the result, which is copied out of it.
std::span<std::byte> takeBuffer(std::size_t size) {
  thread_local std::vector<std::byte> buffer;
  if (buffer.size() < size) buffer.resize(size);
  return std::span(buffer).first(size);
}

std::vector<std::byte> compressZstd(std::span<const std::byte> bytes) {
  struct Free {
    void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
  };
  thread_local const std::unique_ptr<ZSTD_CCtx, Free> context(ZSTD_createCCtx());
  if (!context) fail("zstd: out of memory");
  const std::span<std::byte> frame = takeBuffer(ZSTD_compressBound(bytes.size()));
  const std::size_t size =
      ZSTD_compressCCtx(context.get(), frame.data(), frame.size(), bytes.data(), bytes.size(), kZstdLevel);
  if (ZSTD_isError(size)) fail("zstd: {}", ZSTD_getErrorName(size));
  return {frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size)};
}

}  // namespace

std::vector<std::byte> encodeZarrChunk(ZarrCodec codec, VoxelType type, std::span<const std::byte> voxels) {
  switch (codec) {
    case ZarrCodec::zstd: return compressZstd(voxels);
    case ZarrCodec::blosc: return compressBlosc(voxels, voxelBytes(type));
    case ZarrCodec::gzip: return deflateGzip(voxels, kZarrGzipLevel);
    case ZarrCodec::raw: break;
  }
  return {voxels.begin(), voxels.end()};
}

std::vector<std::byte> makeShard(std::span<const std::vector<std::byte>> chunks) {
  constexpr std::uint64_t kMissing = ~std::uint64_t{0};
  std::vector<std::uint64_t> index;
  std::vector<std::byte> shard;
  for (const std::vector<std::byte>& chunk : chunks) {
    index.push_back(chunk.empty() ? kMissing : shard.size());
    index.push_back(chunk.empty() ? kMissing : chunk.size());
    shard.insert(shard.end(), chunk.begin(), chunk.end());
  }
  if (shard.empty()) return shard;
  const auto entries = std::as_bytes(std::span(index));
  const std::uint32_t checksum = crc32c(entries);
  shard.insert(shard.end(), entries.begin(), entries.end());
  const auto checksumBytes = std::as_bytes(std::span(&checksum, 1));
  shard.insert(shard.end(), checksumBytes.begin(), checksumBytes.end());
  return shard;
}

bool isZero(std::span<const std::byte> voxels) {
  return std::all_of(voxels.begin(), voxels.end(), [](std::byte b) { return b == std::byte{0}; });
}

}  // namespace volary
