#pragma once

namespace volary::os {

/// Makes the calling thread, and all that it starts from now on, as nice as this to the other threads of the machine
/// (nice(1): 19 is the most), if it is not nicer already: whoever started the program with `nice` meant it. On Linux a
/// thread has a niceness of its own. A failure changes nothing.
void beAsNiceAs(int niceness);

}  // namespace volary::os
