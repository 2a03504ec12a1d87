#pragma once

#include "pyramid/source.h"

#include <string>
#include <string_view>

namespace volary {

/// The sentence for the exception that is being handled, to be called in a catch block: an Error's own, which
/// names file and item already; for anything else the file, `item` and the exception's words.
std::string describeFailure(const Source& source, std::string_view item);

/// "setup 2, time point 0, level 1", by the file's ids.
std::string describeLevel(const Source& source, ImageId image, int level);

}  // namespace volary
