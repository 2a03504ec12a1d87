#pragma once

#include "pyramid/source.h"

namespace volary {

/// The values that nearly all voxels of an image lie between: the 0.1 % and 99.9 % quantiles of its coarsest level, where
/// those are equal the smallest and largest value. `max` is always larger than `min`; voxels that are not finite don't
/// count.
///
/// Reads the coarsest level with `threads` threads (0 = one a core); of a very large one, the middle. Throws Error if it
/// can't be read.
ValueRange findDataRange(Source& source, ImageId image, int threads);

}  // namespace volary
