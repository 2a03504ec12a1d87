#pragma once

#include "formats/hdf5/cursor.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace volary::hdf5 {

/// The most dimensions that HDF5 allows.
inline constexpr unsigned kMaxRank = 32;

/// The shape of a dataset or an attribute: slowest dimension first, as in the file.
struct Dataspace {
  std::vector<std::uint64_t> dims;     ///< empty for a single value
  std::vector<std::uint64_t> maxDims;  ///< as many; kUnlimited where there is no limit
  bool isNull = false;                 ///< no values at all
};

/// HDF5 file format, IV.A.2.b "Dataspace", versions 1 and 2.
Dataspace parseDataspace(Cursor cursor);

/// The number of values. Throws Error if it doesn't fit 64 bits.
std::uint64_t countValues(const Dataspace& space);

/// One filter of a pipeline, in the order of writing.
struct Filter {
  int id = 0;
  std::string name;  ///< may be empty
  std::vector<std::uint32_t> clientData;
};

/// IV.A.2.l "Filter Pipeline", versions 1 and 2.
std::vector<Filter> parseFilterPipeline(Cursor cursor);

/// IV.A.2.f "Fill Value", versions 1 to 3: its bytes as stored; empty if it is not defined.
std::vector<std::byte> parseFillValue(Cursor cursor);

/// IV.A.2.e "Fill Value (Old)".
std::vector<std::byte> parseOldFillValue(Cursor cursor);

}  // namespace volary::hdf5
