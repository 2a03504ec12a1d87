#pragma once

#include <string_view>

namespace volary {

/// True if all of `name` fits a pattern as shells have them: * any characters, ? any one, [a-z0-9_] one of these,
/// [!a-z] one of the others, [[:digit:]] one of a class, \x the character x itself. A dot at the beginning of the name
/// is to be written out. Bytes are compared: letters of more than one byte fit as many ?.
///
/// Source: POSIX.1-2017, Shell & Utilities, 2.13.1 and 2.13.2, without collating symbols and equivalence classes.
bool fitsPattern(std::string_view pattern, std::string_view name);

}  // namespace volary
