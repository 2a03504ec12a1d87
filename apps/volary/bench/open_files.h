#pragma once

#include <set>
#include <string>

namespace volary {

/// The regular files that this process has open, by absolute path. Linux; elsewhere none are found.
std::set<std::string> findOpenFiles();

}  // namespace volary
