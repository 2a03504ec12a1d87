#pragma once

/// What code for one kind of processor needs beyond C++; the extensions are those of g++ and clang.
///
/// VOLARY_X86_64 is defined where intrinsics of x86-64 can be used; a function that uses more than SSE2 begins with
/// VOLARY_TARGET("avx2") or the like, and is called only where the processor has it.
#if defined(__x86_64__) && defined(__GNUC__)
#define VOLARY_X86_64 1
#define VOLARY_TARGET(features) [[gnu::target(features)]]
#endif

/// `using Lanes VOLARY_LANES(16) = T` makes vectors of 16 bytes, which are added and compared lane by lane.
#define VOLARY_LANES(bytes) [[gnu::vector_size(bytes)]]

namespace volary::os {

/// False on processors of another kind.
bool processorHasAvx2();
bool processorHasSse42();

/// A pause of a core that waits for another one; some 20 to 100 cycles.
inline void pauseCore() {
#ifdef VOLARY_X86_64
  __builtin_ia32_pause();
#endif
}

}  // namespace volary::os
