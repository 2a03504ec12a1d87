#pragma once

#include <cstddef>
#include <cstdint>

namespace volary::os {

/// The machine's memory.
std::uint64_t machineMemoryBytes();

/// A huge page of x86-64, and of most others.
inline constexpr std::size_t kHugePageBytes = std::size_t{2} << 20;

/// Asks for huge pages beneath [begin, begin + bytes), both multiples of kHugePageBytes. Where the system says no, the
/// memory is as good.
void preferHugePages(void* begin, std::size_t bytes);

}  // namespace volary::os
