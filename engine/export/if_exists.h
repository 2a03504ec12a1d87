#pragma once

namespace volary {

/// What to do where a file of that name is there already.
enum class IfExists { refuse, replace };

}  // namespace volary
