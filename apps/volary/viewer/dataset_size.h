#pragma once

#include <cstdint>
#include <filesystem>

namespace volary {

/// The bytes of the dataset at `file` on disk: the file itself and, for an .xml or .h5, the files beside it that share
/// its name without the ending (BigDataViewer's "x.xml", "x.h5", "x-00-00.h5" ...). 0 if there is no such file.
std::uint64_t datasetBytesOnDisk(const std::filesystem::path& file);

}  // namespace volary
