#include "formats/open.h"

#include "base/error.h"
#include "formats/bdv/bdv_source.h"
#include "formats/candidate.h"
#include "formats/hdf5_image/hdf5_file.h"
#include "formats/hdf5_image/hdf5_volume_source.h"
#include "formats/imaris/imaris_source.h"
#include "formats/n5/n5_source.h"
#include "formats/synthetic/synthetic_source.h"
#include "formats/tiff/tiff_source.h"
#include "formats/zarr/zarr_source.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <string_view>
#include <vector>

namespace volary {

namespace {

using std::filesystem::path;

bool isHdf5(const Candidate& candidate) { return !candidate.isFolder && hasHdf5Signature(candidate.location); }

bool looksLikeXml(const Candidate& candidate) {
  std::string_view head = candidate.head;
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})  // byte order marks
    if (head.starts_with(mark)) head.remove_prefix(mark.size());
  const std::size_t first = head.find_first_not_of(std::string_view(" \t\r\n\0", 5));
  return first != std::string_view::npos && head[first] == '<';
}

/// A file format: how it is told from others, and how it is opened.
struct Format {
  bool (*recognises)(const Candidate&);
  std::unique_ptr<Source> (*open)(const path&);
};

// The first that recognises what is there opens it, so what is more particular stands first.
constexpr Format kFormats[] = {
    {looksLikeZarr, openZarr},
    {[](const Candidate& c) { return isHdf5(c) && looksLikeImaris(c.location); }, openImaris},
    {[](const Candidate& c) { return isHdf5(c) && looksLikeBdvHdf5(c.location); }, openBdvHdf5},
    {isHdf5, openHdf5Volumes},
    {[](const Candidate& c) { return hasTiffSignature(c.head); }, openTiff},
    {[](const Candidate& c) { return looksLikeXml(c) && c.location.filename() == "METADATA.ome.xml" && liesInZarr(c); },
     openZarr},
    {[](const Candidate& c) { return looksLikeXml(c) && isOmeCompanion(c.location, c.head); }, openOmeCompanion},
    {looksLikeXml, openBdvXml},
    {[](const Candidate& c) { return c.isFolder && hasTiffFiles(c.location); }, openTiffFolder},
    {looksLikeBdvN5, openBdvN5},
    {looksLikeN5, openN5},
    {liesInZarr, openZarr},
};

/// What a file that can't be opened seems to be, to tell people which one they picked.
std::string_view guessKind(std::string_view head) {
  struct Kind {
    std::string_view signature;
    std::string_view name;
  };
  using namespace std::string_view_literals;
  constexpr std::array<Kind, 5> kKinds = {{{"\x89PNG"sv, "a PNG picture"},
                                           {"\xff\xd8\xff"sv, "a JPEG picture"},
                                           {"PK\x03\x04"sv, "a ZIP archive"},
                                           {"\x1f\x8b"sv, "a gzip file"},
                                           {"NRRD"sv, "an NRRD file"}}};
  for (const Kind& kind : kKinds)
    if (head.starts_with(kind.signature)) return kind.name;
  return {};
}

/// Names of what in a folder may be images, by their endings; some of them if there are many.
std::vector<std::string> findLikelyNames(const path& folder) {
  constexpr std::size_t kMaxNames = 8;
  constexpr std::array<std::string_view, 10> kEndings = {".xml", ".h5",  ".hdf5", ".ims", ".zarr",
                                                         ".n5",  ".tif", ".tiff", ".lsm", ".stk"};
  std::vector<std::string> names;
  std::error_code error;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (std::ranges::find(kEndings, entry->path().extension().string()) != kEndings.end())
      names.push_back(entry->path().filename().string());
  std::ranges::sort(names);
  names.resize(std::min(names.size(), kMaxNames));
  return names;
}

[[noreturn]] void refuse(const Candidate& candidate) {
  const std::string name = candidate.location.string();
  if (candidate.isFolder) {
    const std::vector<std::string> names = findLikelyNames(candidate.location);
    if (names.empty()) fail("{}: this is a folder without images that Volary knows", name);
    fail("{}: this is a folder that is no image itself; open one of those in it: {}", name, fmt::join(names, ", "));
  }
  const std::string_view kind = guessKind(candidate.head);
  if (!kind.empty()) fail("{}: this is {}, not a BigDataViewer XML, HDF5 or TIFF file", name, kind);
  fail("{}: this is neither a BigDataViewer XML nor an HDF5 file nor a TIFF file", name);
}

/// A pattern that the shell was kept from replacing; but a file may have such a name.
bool isPattern(const std::string& location) {
  std::error_code error;
  const std::string name = path(location).filename().string();
  return name.find_first_of("*?[") != std::string::npos && !std::filesystem::exists(location, error);
}

/// Looks at what stands there. Throws Error if nothing does, or it can't be read.
Candidate examine(const std::string& location) {
  Candidate candidate{.location = location};
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(candidate.location, error);
  if (!std::filesystem::exists(status)) fail("{}: {}", location, systemErrorText(error ? error.value() : ENOENT));
  candidate.isFolder = std::filesystem::is_directory(status);
  if (candidate.isFolder) return candidate;
  if (!std::filesystem::is_regular_file(status)) fail("{}: this is not a regular file", location);

  std::ifstream stream(candidate.location, std::ios::binary);
  if (!stream) fail("{}: {}", location, systemErrorText(errno));
  std::array<char, kHeadBytes> bytes{};
  stream.read(bytes.data(), bytes.size());
  candidate.head.assign(bytes.data(), static_cast<std::size_t>(stream.gcount()));
  if (candidate.head.empty()) fail("{}: this file is empty", location);
  return candidate;
}

}  // namespace

std::unique_ptr<Source> openSource(const std::string& location) {
  if (isSyntheticLocation(location)) return openSynthetic(location);
  if (isPattern(location)) return openTiffPattern(location);
  const Candidate candidate = examine(location);
  for (const Format& format : kFormats)
    if (format.recognises(candidate)) return format.open(candidate.location);
  refuse(candidate);
}

}  // namespace volary
