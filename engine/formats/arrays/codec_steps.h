#pragma once

#include "formats/arrays/codec_chain.h"
#include "formats/arrays/value_type.h"

#include <optional>
#include <string_view>

/// The steps that writers of arrays use.
namespace volary::arrays {

/// A compressor by its name: blosc, zstd, gzip, zlib, lz4 (numcodecs'), bz2, lzma; xz and bzip2 are other names.
/// Nothing for others. gzip and zlib are told apart by their first byte, because writers mix them up.
std::optional<CodecStep> findCompressor(std::string_view name);

/// The blocks of lz4-java.
CodecStep makeLz4BlocksStep();

/// A checksum of 4 bytes, little-endian: crc32c, crc32, adler32, fletcher32, at the place where numcodecs puts it
/// unless told otherwise. Nothing for others.
enum class ChecksumPlace { start, end };
std::optional<CodecStep> findChecksum(std::string_view name, std::optional<ChecksumPlace> place = std::nullopt);

/// The bytes of each value reversed.
CodecStep makeByteOrderStep(std::size_t valueBytes);

/// Byte shuffle, as HDF5 and numcodecs do it.
CodecStep makeShuffleStep(std::size_t valueBytes);

/// Differences of neighbours (numcodecs.delta): `decoded` values, stored as `encoded`. Throws Error for halves.
CodecStep makeDeltaStep(const ValueType& decoded, const ValueType& encoded);

/// Values of one type stored as another: decoded = encoded / scale + offset (numcodecs' fixedscaleoffset, astype,
/// quantize), in double precision unless scale and offset do nothing. `decoded` must not be halves.
CodecStep makeConversionStep(const ValueType& decoded, const ValueType& encoded, double scale = 1.0,
                             double offset = 0.0);

}  // namespace volary::arrays
