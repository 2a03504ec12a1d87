#pragma once

#include "base/geometry.h"
#include "formats/hdf5/dataset.h"
#include "formats/hdf5_image/hdf5_types.h"

#include <cstddef>
#include <span>

/// Voxels and tables, by our own HDF5 reader. All functions: any thread, no lock; errors lack the names of file and
/// dataset; they throw Unsupported if the library may know more.
namespace volary {

/// Throws Error if it is not a 3-D dataset of numbers that Volary can show.
Hdf5DatasetInfo describeVoxels(const hdf5::Dataset& dataset);

/// Throws Error if it is not a 2-D table of numbers with at most `maxValues` values.
Hdf5Table readTable(const hdf5::Dataset& dataset, std::size_t maxValues);

/// Reads a box of an unchunked dataset into `voxels`: x fastest, native byte order. The box begins inside; where it
/// reaches beyond the dataset the voxels are zero.
void readUnchunkedBox(const hdf5::Dataset& dataset, const i64vec3& origin, const i64vec3& size,
                      std::span<std::byte> voxels);

}  // namespace volary
