#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary {

/// The parameters of HDF5's scale-offset filter (filter 6), for integers.
struct ScaleOffsetParameters {
  std::size_t valueCount = 0;
  std::size_t valueBytes = 2;   ///< 1, 2, 4 or 8
  bool bigEndian = false;       ///< byte order of the values, not of the record
  bool fillDefined = false;     ///< the largest packed number stands for `fillValue`
  std::uint64_t fillValue = 0;  ///< two's complement
};

/// Understands the filter's client data (cd_values). Throws Error for floating-point variants and nonsense.
ScaleOffsetParameters parseScaleOffset(std::span<const unsigned> clientData);

/// Instructions that a processor may have.
enum class Vectors { none, avx2 };
/// The instructions that this processor has.
Vectors bestVectors();

/// Unpacks one scale-offset record into `values`: valueCount * valueBytes bytes in the byte order of `parameters`.
/// Signed and unsigned integers are the same here: minimum plus offset, modulo 2^bits.
///
/// Any thread, no allocation. Throws Error if the record is damaged. Source: HDF5 1.10, H5Zscaleoffset.c; the layout is
/// written out at the implementation.
void unpackScaleOffset(std::span<const std::byte> record, const ScaleOffsetParameters& parameters,
                       std::span<std::byte> values, Vectors vectors = bestVectors());

}  // namespace volary
