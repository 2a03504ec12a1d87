#pragma once

#include <concepts>
#include <limits>
#include <type_traits>

/// Arithmetic on numbers that a stranger's file states.
namespace volary {

/// product = a * b, and true; false, and `product` as it was, if that does not fit.
template <std::unsigned_integral T>
constexpr bool multiply(T a, std::type_identity_t<T> b, T& product) {
  if (a != 0 && b > std::numeric_limits<T>::max() / a) return false;
  product = a * b;
  return true;
}

/// sum = a + b, and true; false, and `sum` as it was, if that does not fit.
template <std::unsigned_integral T>
constexpr bool add(T a, std::type_identity_t<T> b, T& sum) {
  if (b > std::numeric_limits<T>::max() - a) return false;
  sum = a + b;
  return true;
}

}  // namespace volary
