#pragma once

#include "pyramid/source.h"

namespace volary {

/// The values that nearly all voxels of an image lie between: the 0.1 % and 99.9 % quantiles of its finest level that has
/// at most 2 Mi voxels (without one, of the middle of its coarsest level); where those are equal the smallest and largest
/// value, and where all voxels are equal a range that has the value in its middle. `max` is always larger than `min`;
/// voxels that are not finite don't count.
///
/// Reads the level with `threads` threads (0 = one a core); one that can't be read is replaced by the next coarser one.
/// Throws Error if none can be read.
ValueRange findDataRange(Source& source, ImageId image, int threads);

/// The contrast range that an image is first shown with: what the file suggests, unless that is just the whole range of
/// the voxel type, which nobody chose; else findDataRange().
ValueRange findDisplayRange(Source& source, ImageId image, int threads);

}  // namespace volary
