#include "base/os/terminal.h"

#include <unistd.h>

namespace volary::os {

bool standardErrorIsTerminal() { return ::isatty(STDERR_FILENO) == 1; }

}  // namespace volary::os
