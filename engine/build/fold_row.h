#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

/// How values along a row are combined, in loops that the compiler vectorises.
namespace volary {

/// Sums. Floating point ones are taken one value after the other, so that their rounding does not depend on how rows
/// are cut.
template <typename State>
struct SumFold {
  template <typename In>
  static State first(In value) {
    return State(0) + static_cast<State>(value);
  }
  template <typename In>
  static State join(State sum, In value) {
    return static_cast<State>(sum + static_cast<State>(value));
  }
};

/// Greatest values; a NaN wins.
template <typename T>
struct MaxFold {
  static T first(T value) { return value; }
  static T join(T a, T b) { return a >= b || a != a ? a : b; }
};

/// The sum of two neighbours that each have half the bits of the sum, read as one word: g++ 12 vectorises this, but not
/// two values that it has to pick from a row. Profiled: sums of 16-bit voxels are twice as fast.
template <typename State, typename In>
State sumOfPair(const In* pair) {
  static_assert(sizeof(State) == 2 * sizeof(In) && std::is_integral_v<In> &&
                std::endian::native == std::endian::little);
  using Word = std::make_unsigned_t<State>;
  constexpr int kBits = 8 * sizeof(In);
  Word word;
  std::memcpy(&word, pair, sizeof(word));
  if constexpr (std::is_signed_v<In>) {
    const auto low = static_cast<State>(static_cast<State>(static_cast<Word>(word << kBits)) >> kBits);
    return static_cast<State>(low + static_cast<State>(static_cast<State>(word) >> kBits));
  } else {
    return static_cast<State>((word & std::numeric_limits<In>::max()) + (word >> kBits));
  }
}

enum class RowIs { first, next };

/// Folds `count` fine values into the row of coarse ones, `ratio` into one. The first fine row of a coarse row sets it.
template <typename Fold, RowIs kRow, typename In, typename State>
void foldRow(const In* row, std::int64_t count, std::int64_t ratio, State* out) {
  const auto begin = [](State& state, In value) {
    state = kRow == RowIs::first ? Fold::first(value) : Fold::join(state, value);
  };
  if (ratio == 1) {
    for (std::int64_t x = 0; x < count; ++x) begin(out[x], row[x]);
    return;
  }
  if (ratio == 2) {
    const std::int64_t pairs = count / 2;
    constexpr bool kAsWords = std::is_integral_v<In> && sizeof(State) == 2 * sizeof(In) && sizeof(State) <= 8;
    if constexpr (std::is_same_v<Fold, SumFold<State>> && kAsWords) {
      for (std::int64_t x = 0; x < pairs; ++x) {
        const State sum = sumOfPair<State>(row + 2 * x);
        out[x] = kRow == RowIs::first ? sum : static_cast<State>(out[x] + sum);
      }
    } else {
      for (std::int64_t x = 0; x < pairs; ++x) {
        State state = kRow == RowIs::first ? Fold::first(row[2 * x]) : Fold::join(out[x], row[2 * x]);
        out[x] = Fold::join(state, row[2 * x + 1]);
      }
    }
    if (count % 2 != 0) begin(out[pairs], row[count - 1]);
    return;
  }
  for (std::int64_t x = 0; x < count; x += ratio, ++out) {
    const std::int64_t end = std::min(x + ratio, count);
    begin(*out, row[x]);
    for (std::int64_t i = x + 1; i < end; ++i) *out = Fold::join(*out, row[i]);
  }
}

}  // namespace volary
