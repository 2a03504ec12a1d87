#include "formats/open.h"

#include "base/error.h"
#include "formats/bdv/bdv_source.h"
#include "formats/bdv/hdf5_file.h"
#include "formats/synthetic/synthetic_source.h"

#include <array>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>

namespace volary {

namespace {

using std::filesystem::path;

/// The first bytes of a file, fewer if it is shorter. Throws Error if it can't be opened.
std::string readHead(const path& file) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) fail("{}: {}", file.string(), systemErrorText(errno));
  std::array<char, 512> bytes{};
  stream.read(bytes.data(), bytes.size());
  return std::string(bytes.data(), static_cast<std::size_t>(stream.gcount()));
}

bool looksLikeXml(std::string_view head) {
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})  // byte order marks
    if (head.starts_with(mark)) head.remove_prefix(mark.size());
  const std::size_t first = head.find_first_not_of(std::string_view(" \t\r\n\0", 5));
  return first != std::string_view::npos && head[first] == '<';
}

/// What a file that can't be opened seems to be, to tell people which one they picked.
std::string_view guessKind(std::string_view head) {
  struct Kind {
    std::string_view signature;
    std::string_view name;
  };
  using namespace std::string_view_literals;
  constexpr std::array<Kind, 8> kKinds = {{{"II*\0"sv, "a TIFF file"},
                                           {"MM\0*"sv, "a TIFF file"},
                                           {"II+\0"sv, "a BigTIFF file"},
                                           {"\x89PNG"sv, "a PNG picture"},
                                           {"\xff\xd8\xff"sv, "a JPEG picture"},
                                           {"PK\x03\x04"sv, "a ZIP archive"},
                                           {"\x1f\x8b"sv, "a gzip file"},
                                           {"NRRD"sv, "an NRRD file"}}};
  for (const Kind& kind : kKinds)
    if (head.starts_with(kind.signature)) return kind.name;
  return {};
}

[[noreturn]] void refuseFolder(const path& folder) {
  std::error_code error;
  const bool zarr = std::filesystem::exists(folder / ".zattrs", error) ||
                    std::filesystem::exists(folder / ".zgroup", error) ||
                    std::filesystem::exists(folder / "zarr.json", error);
  if (zarr) fail("{}: this is an OME-Zarr folder, which is not supported yet", folder.string());
  if (std::filesystem::exists(folder / "attributes.json", error))
    fail("{}: this is an N5 folder, which is not supported yet", folder.string());
  fail("{}: this is a folder; give the .xml or .h5 file of a BigDataViewer dataset", folder.string());
}

}  // namespace

std::unique_ptr<Source> openSource(const std::string& location) {
  if (isSyntheticLocation(location)) return openSynthetic(location);
  const path file(location);
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) fail("{}: {}", location, systemErrorText(error ? error.value() : ENOENT));
  if (std::filesystem::is_directory(status)) refuseFolder(file);
  if (!std::filesystem::is_regular_file(status)) fail("{}: this is not a regular file", location);

  const std::string head = readHead(file);
  if (head.empty()) fail("{}: this file is empty", location);
  if (hasHdf5Signature(file)) return openBdvHdf5(file);
  if (looksLikeXml(head)) return openBdvXml(file);
  const std::string_view kind = guessKind(head);
  if (!kind.empty()) fail("{}: this is {}, not a BigDataViewer XML or HDF5 file", location, kind);
  fail("{}: this is neither a BigDataViewer XML nor an HDF5 file", location);
}

}  // namespace volary
