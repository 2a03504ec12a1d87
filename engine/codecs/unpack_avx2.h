#pragma once

#include "base/os/processor.h"

#ifdef VOLARY_X86_64

#include <immintrin.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace volary {

/// A group is eight numbers of `kWidth` bits, 1 to 15, most significant bit first, in kWidth bytes. Unpacks `groups` of
/// them to values of type T, 8 or 16 bit: `minimum` plus number, modulo 2^bits, or `fillValue` for the number of all
/// ones if kFill. Reads 16 bytes at the place of each group. For processors that have AVX2.
///
/// A lane for each number: its three bytes (it begins anywhere in the first) are brought there, then it is shifted to
/// its place.
template <typename T, unsigned kWidth, bool kFill>
VOLARY_TARGET("avx2")
void unpackGroupsAvx2(const std::byte* packed, std::size_t groups, T minimum, T fillValue, std::byte* out) {
  // Byte 3 of a lane, the most significant one, is the first of its number.
  static constexpr auto kBytes = [] {
    std::array<std::int8_t, 32> bytes{};
    for (unsigned number = 0; number < 8; ++number)
      for (unsigned b = 0; b < 4; ++b)
        bytes[4 * number + 3 - b] = b < 3 ? static_cast<std::int8_t>(number * kWidth / 8 + b) : std::int8_t{-128};
    return bytes;
  }();
  static constexpr auto kShifts = [] {
    std::array<std::int32_t, 8> shifts{};
    for (unsigned number = 0; number < 8; ++number) shifts[number] = static_cast<std::int32_t>(number * kWidth % 8);
    return shifts;
  }();
  const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kBytes.data()));
  const __m256i shifts = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(kShifts.data()));
  const __m256i allOnes = _mm256_set1_epi32((1 << kWidth) - 1);
  const __m256i minima = _mm256_set1_epi32(minimum);
  const __m256i fill = _mm256_set1_epi32(fillValue);
  const __m256i ofType = _mm256_set1_epi32(static_cast<T>(-1));
  for (std::size_t g = 0; g < groups; ++g) {
    const __m128i group = _mm_loadu_si128(reinterpret_cast<const __m128i*>(packed + g * kWidth));
    __m256i numbers = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(group), bytes);
    numbers = _mm256_srli_epi32(_mm256_sllv_epi32(numbers, shifts), 32 - kWidth);
    __m256i values = _mm256_and_si256(_mm256_add_epi32(numbers, minima), ofType);
    if constexpr (kFill) values = _mm256_blendv_epi8(values, fill, _mm256_cmpeq_epi32(numbers, allOnes));
    __m128i narrow = _mm_packus_epi32(_mm256_castsi256_si128(values), _mm256_extracti128_si256(values, 1));
    if constexpr (sizeof(T) == 1) narrow = _mm_packus_epi16(narrow, narrow);
    std::memcpy(out + g * 8 * sizeof(T), &narrow, 8 * sizeof(T));
  }
}

}  // namespace volary

#endif
