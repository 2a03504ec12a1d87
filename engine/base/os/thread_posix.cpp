#include "base/os/thread.h"

#include <sys/resource.h>

namespace volary::os {

void beAsNiceAs(int niceness) {
  if (niceness > ::getpriority(PRIO_PROCESS, 0)) ::setpriority(PRIO_PROCESS, 0, niceness);
}

}  // namespace volary::os
