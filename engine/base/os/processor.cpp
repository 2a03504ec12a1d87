#include "base/os/processor.h"

namespace volary::os {

#ifdef VOLARY_X86_64
bool processorHasAvx2() { return __builtin_cpu_supports("avx2") != 0; }
bool processorHasSse42() { return __builtin_cpu_supports("sse4.2") != 0; }
#else
bool processorHasAvx2() { return false; }
bool processorHasSse42() { return false; }
#endif

}  // namespace volary::os
