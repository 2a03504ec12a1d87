#pragma once

#include <cstdint>
#include <set>
#include <string>

/// Figures of this process. Any thread.
namespace volary::os {

/// A number that no other process of the machine has now.
std::uint64_t processId();

/// The physical memory that is held now; 0 where the system does not say.
std::uint64_t residentBytes();

/// The most that was held at any time.
std::uint64_t peakResidentBytes();

/// What all threads took together, in the program and in the system.
double cpuSeconds();

/// The regular files that are open, by absolute path. Linux; elsewhere none are found.
std::set<std::string> findOpenFiles();

}  // namespace volary::os
