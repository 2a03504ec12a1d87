#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace volary::test {

/// Everything that Volary's HDF5 reader knows about a file, one fact a line, sorted: links, datasets, attributes, and
/// where each chunk stands with a checksum of its bytes. list_hdf5.py writes the same with h5py. At most 400 chunks a
/// dataset are listed, evenly chosen, because the library takes so long for them. Hostile files have extents that take
/// for ever to go through: at most `maxCells` places for chunks are looked at. Throws Error as the reader does.
std::vector<std::string> listHdf5(const std::filesystem::path& file, std::uint64_t maxCells = 1 << 20);

}  // namespace volary::test
