#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <utility>
#include <vector>

namespace volary {

/// While one lives, its thread's containers of FrameAllocator take their memory by moving a pointer on, and all of it
/// becomes free at once when the scope goes: once a frame has taken as much, no later one takes anything from the heap.
/// The outermost of nested scopes counts. Nothing that was put there may outlive it; AddressSanitizer finds what does.
///
/// Where none lives, the containers are ordinary ones.
class FrameScope {
 public:
  FrameScope();
  ~FrameScope();
  FrameScope(const FrameScope&) = delete;
  FrameScope& operator=(const FrameScope&) = delete;
};

/// What FrameAllocator does, in bytes.
void* takeFrameMemory(std::size_t bytes, std::size_t alignment);
void giveBackFrameMemory(void* memory, std::size_t bytes, std::size_t alignment) noexcept;

/// See FrameScope.
template <typename T>
struct FrameAllocator {
  using value_type = T;

  FrameAllocator() = default;
  template <typename U>
  FrameAllocator(const FrameAllocator<U>&) {}

  T* allocate(std::size_t count) { return static_cast<T*>(takeFrameMemory(count * sizeof(T), alignof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { giveBackFrameMemory(memory, count * sizeof(T), alignof(T)); }

  template <typename U>
  bool operator==(const FrameAllocator<U>&) const {
    return true;
  }
};

template <typename T>
using FrameVector = std::vector<T, FrameAllocator<T>>;
template <typename Key, typename Value>
using FrameMap = std::map<Key, Value, std::less<Key>, FrameAllocator<std::pair<const Key, Value>>>;

}  // namespace volary
