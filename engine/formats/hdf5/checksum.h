#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace volary::hdf5 {

/// The checksum of HDF5's newer metadata, and its hash of names. Source: Bob Jenkins, lookup3, "hashlittle" with the
/// initial value 0, 2006; HDF5 file format, "Checksum" of each structure.
std::uint32_t lookup3(std::span<const std::byte> bytes);

/// Throws Error, naming `what`, if `bytes` does not have the stated checksum. Builds for fuzzing let it pass, as
/// fuzzers would never get beyond it.
void requireChecksum(std::span<const std::byte> bytes, std::uint32_t stated, const char* what);

/// The same for a block that ends with its checksum.
void verifyChecksum(std::span<const std::byte> block, const char* what);

}  // namespace volary::hdf5
