#include "formats/open.h"

#include "base/error.h"
#include "formats/bdv/bdv_source.h"
#include "formats/hdf5_image/hdf5_file.h"
#include "formats/hdf5_image/hdf5_volume_source.h"
#include "formats/imaris/imaris_source.h"
#include "formats/n5/n5_source.h"
#include "formats/shared/candidate.h"
#include "formats/synthetic/synthetic_source.h"
#include "formats/tiff/tiff_source.h"
#include "formats/zarr/zarr_source.h"
#include "storage/zip_store.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace volary {

namespace {

/// A file format, or one more way to recognise one: what people are told of it, how it is told from others, and how it
/// is opened.
struct Format {
  /// For the help: what a user may open in this format. Empty where another row says it.
  std::string_view help;
  /// For the sentence about a file that is none of these. Empty where another row says it, and for folders.
  std::string_view file;
  /// Endings of its files or folders, separated by spaces: they are recognised by these in a folder of many.
  std::string_view endings;
  /// Its signature, or whatever else tells it.
  bool (*recognises)(const Candidate&);
  std::unique_ptr<Source> (*open)(const Location&);
};

bool isHdf5(const Candidate& candidate) { return candidate.file && hasHdf5Signature(*candidate.file); }

bool looksLikeXml(const Candidate& candidate) {
  std::string_view head = candidate.head;
  for (const std::string_view mark : {"\xef\xbb\xbf", "\xff\xfe", "\xfe\xff"})  // byte order marks
    if (head.starts_with(mark)) head.remove_prefix(mark.size());
  const std::size_t first = head.find_first_not_of(std::string_view(" \t\r\n\0", 5));
  return first != std::string_view::npos && head[first] == '<';
}

/// Opens what an archive holds: the one file or folder in it, or all of it if there are several.
std::unique_ptr<Source> openArchive(const Location& file) {
  Location inside(nameInErrors(file, [&] { return openZip(file.open(), file.text()); }), "");
  // Folders in folders, as people pack them; macOS adds one of its own.
  while (const auto entries = inside.list()) {
    std::vector<std::string> names;
    for (const StoreEntry& entry : *entries)
      if (entry.name != "__MACOSX" && entry.name != ".DS_Store") names.push_back(entry.name);
    if (names.size() != 1) break;
    inside = inside / names.front();
  }
  return openSource(inside);
}

bool isSeriesXml(const Candidate& candidate) {
  return looksLikeXml(candidate) && candidate.location.name() == "METADATA.ome.xml" && liesInZarr(candidate);
}

// The first row that recognises what is there opens it, so more particular ones come first. docs/adding.md says how to
// add one.
constexpr Format kFormats[] = {
    {.help = {}, .file = {}, .endings = {}, .recognises = isSeriesXml, .open = openZarr},
    {.help = {},
     .file = {},
     .endings = {},
     .recognises = [](const Candidate& c) { return looksLikeXml(c) && isOmeCompanion(c.location, c.head); },
     .open = openOmeCompanion},
    {.help = "BigDataViewer .xml (or its .h5)",
     .file = "a BigDataViewer XML",
     .endings = ".xml",
     .recognises = looksLikeXml,
     .open = openBdvXml},
    {.help = "the folder of an OME-Zarr image",
     .file = {},
     .endings = ".zarr",
     .recognises = looksLikeZarr,
     .open = openZarr},
    {.help = "Imaris .ims",
     .file = {},
     .endings = ".ims",
     .recognises = [](const Candidate& c) { return isHdf5(c) && looksLikeImaris(c.location); },
     .open = openImaris},
    {.help = {},
     .file = {},
     .endings = ".h5 .hdf5",
     .recognises = [](const Candidate& c) { return isHdf5(c) && looksLikeBdvHdf5(c.location); },
     .open = openBdvHdf5},
    {.help = "an HDF5 file with 3-D datasets",
     .file = "an HDF5 file",
     .endings = ".h5 .hdf5",
     .recognises = isHdf5,
     .open = openHdf5Volumes},
    {.help = "TIFF (a file, a folder or a quoted pattern of names)",
     .file = "a TIFF file",
     .endings = ".tif .tiff .lsm .stk",
     .recognises = [](const Candidate& c) { return hasTiffSignature(c.head); },
     .open = openTiff},
    {.help = "a .zip or .ozx with an OME-Zarr or one TIFF inside",
     .file = "a zip archive",
     .endings = ".zip .ozx",
     .recognises = [](const Candidate& c) { return hasZipSignature(c.head); },
     .open = openArchive},
    {.help = {},
     .file = {},
     .endings = {},
     .recognises = [](const Candidate& c) { return c.isFolder && hasTiffFiles(c.location); },
     .open = openTiffFolder},
    {.help = {}, .file = {}, .endings = ".n5", .recognises = looksLikeBdvN5, .open = openBdvN5},
    {.help = "the folder of an N5 image", .file = {}, .endings = ".n5", .recognises = looksLikeN5, .open = openN5},
    {.help = {}, .file = {}, .endings = {}, .recognises = liesInZarr, .open = openZarr},
};

/// What the rows say, but for those that say nothing.
std::vector<std::string_view> textsOf(std::string_view Format::*text) {
  std::vector<std::string_view> texts;
  for (const Format& format : kFormats)
    if (!(format.*text).empty()) texts.push_back(format.*text);
  return texts;
}

/// The kind of a file that can't be opened, to tell people what they picked.
std::string_view guessKind(std::string_view head) {
  struct Kind {
    std::string_view signature;
    std::string_view name;
  };
  using namespace std::string_view_literals;
  constexpr std::array<Kind, 4> kKinds = {{{"\x89PNG"sv, "a PNG picture"},
                                           {"\xff\xd8\xff"sv, "a JPEG picture"},
                                           {"\x1f\x8b"sv, "a gzip file"},
                                           {"NRRD"sv, "an NRRD file"}}};
  for (const Kind& kind : kKinds)
    if (head.starts_with(kind.signature)) return kind.name;
  return {};
}

bool hasKnownEnding(const std::string& name) {
  const std::string ending = name.substr(std::min(name.size(), name.find_last_of('.')));
  if (ending.size() < 2) return false;
  const std::string word = fmt::format(" {} ", ending);
  return std::ranges::any_of(kFormats, [&](const Format& format) {
    return fmt::format(" {} ", format.endings).find(word) != std::string::npos;
  });
}

/// Names in a folder that may be images, by their endings; some of them if there are many.
std::vector<std::string> findLikelyNames(const Location& folder) {
  constexpr std::size_t kMaxNames = 8;
  std::vector<std::string> names;
  for (const StoreEntry& entry : folder.list().value_or(std::vector<StoreEntry>()))
    if (hasKnownEnding(entry.name)) names.push_back(entry.name);
  std::ranges::sort(names);
  names.resize(std::min(names.size(), kMaxNames));
  return names;
}

[[noreturn]] void refuse(const Candidate& candidate) {
  const std::string name = candidate.location.text();
  if (candidate.isFolder) {
    const std::vector<std::string> names = findLikelyNames(candidate.location);
    const std::string_view what = candidate.location.key().empty() ? "a zip archive" : "a folder";
    if (names.empty()) fail("{}: this is {} without images that Volary knows", name, what);
    fail("{}: this is {} that is no image itself; open one of those in it: {}", name, what, fmt::join(names, ", "));
  }
  const std::string_view kind = guessKind(candidate.head);
  fail("{}: this is {}{}neither {}", name, kind, kind.empty() ? "" : ", ", fmt::join(textsOf(&Format::file), " nor "));
}

/// Whether this is a pattern that the shell has not expanded; but a file may have such a name.
bool isPattern(const Location& location) {
  return location.name().find_first_of("*?[") != std::string::npos && !location.exists();
}

/// Looks at what is there. Throws Error if nothing is, or it can't be read.
Candidate examine(const Location& location) {
  // If the store can't tell, what is no file may be a folder; whoever finds nothing in it says so.
  Candidate candidate{.location = location,
                      .isFolder = location.isFolder() || (!location.store().knowsFolders() && !location.isFile())};
  if (candidate.isFolder) return candidate;
  candidate.file = location.open();
  candidate.head.resize(kHeadBytes);
  nameInErrors(location, [&] {
    candidate.head.resize(candidate.file->readUpTo(0, std::as_writable_bytes(std::span(candidate.head))));
    if (candidate.head.empty()) fail("this file is empty");
  });
  return candidate;
}

}  // namespace

std::string describeFormats() { return fmt::format("{}", fmt::join(textsOf(&Format::help), ", ")); }

std::unique_ptr<Source> openSource(const std::string& location) {
  if (isSyntheticLocation(location)) return openSynthetic(location);
  return openSource(Location(std::filesystem::path(location)));
}

std::unique_ptr<Source> openSource(const Location& location) {
  if (isPattern(location)) return openTiffPattern(location);
  const Candidate candidate = examine(location);
  for (const Format& format : kFormats)
    if (format.recognises(candidate)) return format.open(candidate.location);
  refuse(candidate);
}

}  // namespace volary
