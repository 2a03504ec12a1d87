#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace volary::test {

/// The datasets that writeAllFormats() writes: files or folders.
inline const std::vector<std::string> kAllFormats = {"bdv/a.xml", "bdv/a.h5",    "volume.h5", "image.ims",
                                                     "stack.tif", "tiles.tif",   "planes",    "ome/part_1.ome.tif",
                                                     "v2.zarr",   "shards.zarr", "image.n5",  "image.zip"};

/// Writes the same noise, 40 x 48 x 56 uint16 voxels (z, y, x), in each format, in chunks of 16 where it has chunks;
/// and the voxels alone, as the file "voxels".
void writeAllFormats(const std::filesystem::path& folder);

}  // namespace volary::test
