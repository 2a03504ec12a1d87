#pragma once

#include "pyramid/voxel_type.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Picture files. All writers are atomic (a file appears whole or not at all), may be called from any thread,
/// and throw Error, naming the file and the cause, if it can't be written.
namespace volary {

/// A plane of voxels, without its memory: rows from the top, no padding, native byte order.
struct ImagePlane {
  VoxelType type = VoxelType::uint8;
  std::int64_t width = 0;
  std::int64_t height = 0;
  std::span<const std::byte> voxels;  ///< width * height * voxelBytes(type) bytes
};

/// A tEXt entry of a PNG: keyword of 1 to 79 Latin-1 characters.
struct PngText {
  std::string keyword;
  std::string text;
};

/// Whether the file begins as a PNG does; false if it can't be read.
bool isPng(const std::filesystem::path& path);
/// The text under a keyword, if it is stored before the pixels; nothing if there is none. Throws Error, naming the
/// file, if it can't be read or is not a whole PNG up to the pixels.
std::optional<std::string> findPngText(const std::filesystem::path& path, const std::string& keyword);

/// NumPy's format, version 1.0, C order, shape (height, width).
void writeNpy(const std::filesystem::path& path, const ImagePlane& plane);

/// One uncompressed grey page with the sample format of the voxel type; BigTIFF where 4 GiB are too few.
void writeTiff(const std::filesystem::path& path, const ImagePlane& plane);

/// Grey, 8 or 16 bit: `plane` must be uint8 or uint16.
void writePngGrey(const std::filesystem::path& path, const ImagePlane& plane, std::span<const PngText> text = {});

/// Colour, 8 bit, from RGBA (4 bytes a pixel); the alpha is left out: pictures are opaque.
void writePngRgb(const std::filesystem::path& path, std::int64_t width, std::int64_t height,
                 std::span<const std::uint8_t> rgba, std::span<const PngText> text = {});

}  // namespace volary
