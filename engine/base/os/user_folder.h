#pragma once

#include <filesystem>

namespace volary::os {

/// Folders for what the program keeps: `cache` can be made again, `state` can't.
enum class UserFolder { cache, state };

/// $XDG_CACHE_HOME/volary or $XDG_STATE_HOME/volary; without these ~/.cache/volary or ~/.local/state/volary; empty if
/// there is no home. Source: XDG Base Directory Specification 0.8.
std::filesystem::path findUserFolder(UserFolder kind);

}  // namespace volary::os
