#pragma once

namespace volary {

/// What to do if a file of that name exists.
enum class IfExists { refuse, replace };

}  // namespace volary
