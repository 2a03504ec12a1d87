#pragma once

namespace volary::os {

/// Somebody reads standard error as it is written, in a terminal.
bool standardErrorIsTerminal();

}  // namespace volary::os
