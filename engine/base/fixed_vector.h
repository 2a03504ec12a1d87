#pragma once

#include <array>
#include <cassert>
#include <cstddef>
#include <initializer_list>

namespace volary {

/// A vector of at most `Most` elements, which lie in it: copying it takes nothing from the heap.
template <typename T, std::size_t Most>
class FixedVector {
 public:
  FixedVector() = default;
  FixedVector(std::initializer_list<T> elements) {
    for (const T& element : elements) push_back(element);
  }

  void push_back(const T& element) {
    assert(count_ < Most);
    elements_[count_++] = element;
  }

  std::size_t size() const { return count_; }
  bool empty() const { return count_ == 0; }
  const T* data() const { return elements_.data(); }
  const T& operator[](std::size_t i) const { return elements_[i]; }
  T& operator[](std::size_t i) { return elements_[i]; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + count_; }

 private:
  std::array<T, Most> elements_{};
  std::size_t count_ = 0;
};

}  // namespace volary
