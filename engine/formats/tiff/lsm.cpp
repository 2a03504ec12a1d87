#include "formats/tiff/lsm.h"

#include "base/bytes.h"
#include "base/error.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <limits>
#include <string_view>

namespace volary::tiff {

namespace {

constexpr std::uint64_t kMaxInfoBytes = 64 * kKiB;
// Ten thousand channels with long names.
constexpr std::uint64_t kMaxColourBytes = kMiB;

/// The numbers of a structure by their places; zero beyond its end.
class Fields {
 public:
  Fields(const File& file, std::span<const std::byte> bytes) : file_(file), bytes_(bytes) {}

  std::uint64_t whole(std::size_t at, std::size_t width) const {
    return at + width <= bytes_.size() ? file_.number(bytes_.subspan(at, width)) : 0;
  }
  /// A signed number of 32 bits; negative ones count as 0.
  std::int64_t count(std::size_t at) const {
    return std::max<std::int64_t>(0, static_cast<std::int32_t>(whole(at, 4)));
  }
  double real(std::size_t at) const { return std::bit_cast<double>(whole(at, 8)); }

 private:
  const File& file_;
  std::span<const std::byte> bytes_;
};

/// The block "ChannelColors": numbers and places of colours and names, then the colours and names.
void readColours(const File& file, std::uint64_t position, LsmInfo& info) {
  std::array<std::byte, 24> head{};
  if (position < 8 || file.readUpTo(position, head) != head.size()) return;
  const Fields headFields(file, head);
  const std::uint64_t size = headFields.whole(0, 4);
  if (size > kMaxColourBytes) return;
  std::vector<std::byte> block(size);
  block.resize(file.readUpTo(position, block));
  const Fields fields(file, block);
  const std::uint64_t colours = headFields.whole(4, 4), names = headFields.whole(8, 4);
  std::uint64_t at = headFields.whole(12, 4);
  for (std::uint64_t i = 0; i < colours && at + 4 <= block.size(); ++i, at += 4)
    info.colours.push_back(dvec3(fields.whole(at, 1), fields.whole(at + 1, 1), fields.whole(at + 2, 1)) / 255.0);
  at = headFields.whole(16, 4);
  for (std::uint64_t i = 0; i < names && at + 4 <= block.size(); ++i) {
    const std::uint64_t length = fields.whole(at, 4);
    at += 4;
    if (length > block.size() - at) break;
    const std::string_view text(reinterpret_cast<const char*>(block.data()) + at, length);
    info.names.emplace_back(text.substr(0, text.find('\0')));
    at += length;
  }
}

/// The axes of the pages, the fastest first: time, channel (where pages hold one), z.
std::string_view axesOf(std::uint16_t scanType) {
  constexpr std::array<std::string_view, 11> kAxes = {"zct", "zct", "zct", "tcz", "ztc", "tcz",
                                                      "ztc", "ctz", "czt", "tcz", "zct"};
  return scanType < kAxes.size() ? kAxes[scanType] : kAxes[0];
}

/// The pages that are not thumbnails and are like the first one.
std::vector<std::size_t> findPlanes(PageList& pages, std::vector<std::string>& warnings) {
  std::vector<std::size_t> planes;
  std::size_t others = 0;
  const std::size_t count = pages.count();
  for (std::size_t i = 0; i < count; ++i) {
    const Page& page = pages.page(i);
    if (page.isReduced) continue;
    if (page.format->sameVoxels(*pages.page(0).format))
      planes.push_back(i);
    else
      ++others;
  }
  if (others > 0)
    warnings.push_back(
        fmt::format("{} pages are left out: they differ from the first one in size or number type", others));
  return planes;
}

/// Makes the counts agree with the pages; warns if it changes them.
LsmInfo reconcile(const LsmInfo& stated, const PageFormat& format, std::int64_t found,
                  std::vector<std::string>& warnings) {
  LsmInfo info = stated;
  // Channels that lie side by side in a page.
  if (format.samples > 1) info.channels = 1;
  const double images = static_cast<double>(info.planes) * static_cast<double>(info.timepoints) *
                        static_cast<double>(info.channels) * static_cast<double>(info.positions);
  if (format.height != info.height || images < 1 || images > static_cast<double>(kMaxPlanes)) {
    // A scan along a line or in x and z, say.
    warnings.push_back(fmt::format(
        "its pages are no planes in x and y (scan type {}); they are shown one behind the other", info.scanType));
    info.planes = found;
    info.timepoints = info.channels = info.positions = 1;
  } else if (images != static_cast<double>(found)) {
    warnings.push_back(fmt::format("it is said to hold {} images, and holds {}", images, found));
  }
  return info;
}

std::vector<Channel> makeChannels(const LsmInfo& info, const PageFormat& format) {
  std::vector<Channel> channels(static_cast<std::size_t>(info.channels * format.samples));
  for (std::size_t i = 0; i < channels.size(); ++i) {
    if (i < info.names.size()) channels[i].name = info.names[i];
    // Black would hide it.
    if (i < info.colours.size() && info.colours[i] != dvec3(0.0)) channels[i].colour = info.colours[i];
  }
  return channels;
}

}  // namespace

std::optional<LsmInfo> findLsmInfo(const File& file, const Directory& directory) {
  constexpr std::array<std::uint64_t, 2> kMagic = {0x0300494c, 0x0400494c};
  const Entry* const entry = directory.find(kLsmInfo);
  if (!entry) return std::nullopt;
  const std::vector<std::byte> bytes = readBytes(file, *entry, kMaxInfoBytes);
  const Fields fields(file, bytes);
  if (std::ranges::find(kMagic, fields.whole(0, 4)) == kMagic.end()) return std::nullopt;
  LsmInfo info{.height = fields.count(12),
               .planes = fields.count(16),
               .channels = fields.count(20),
               .timepoints = fields.count(24),
               .positions = std::max<std::int64_t>(1, fields.count(264)) * std::max<std::int64_t>(1, fields.count(268)),
               .scanType = static_cast<std::uint16_t>(fields.whole(88, 2))};
  constexpr double kMicrometres = 1e6;  // of a metre
  dvec3 size(fields.real(40), fields.real(48), fields.real(56));
  size *= kMicrometres;
  if (size.x > 0 && size.y > 0 && std::isfinite(size.x) && std::isfinite(size.y)) {
    if (!(size.z > 0) || !std::isfinite(size.z)) size.z = size.x;
    info.voxelSizeUm = size;
  }
  readColours(file, fields.whole(108, 4), info);
  return info;
}

Layout makeLsmLayout(PageList& pages, const LsmInfo& stated) {
  const File& file = pages.file();
  Layout layout{.format = "Zeiss LSM", .opened = file.location(), .files = {file.location()}};
  const std::vector<std::size_t> planes = findPlanes(pages, layout.warnings);
  const PageFormat& format = *pages.page(0).format;
  const LsmInfo info = reconcile(stated, format, static_cast<std::int64_t>(planes.size()), layout.warnings);
  // Places have 32 bits. They grow from page to page, except if positions take turns.
  if (info.positions > 1 && file.sizeBytes() > std::numeric_limits<std::uint32_t>::max())
    fail(
        "{}: an LSM file of several positions and more than 4 GiB does not say clearly where its planes are, and can't be shown",
        file.location().text());

  const std::int64_t counts[] = {info.channels, info.planes, info.timepoints};
  const auto axisOf = [](char letter) { return letter == 'c' ? 0 : (letter == 'z' ? 1 : 2); };
  auto page = planes.begin();
  for (std::int64_t position = 0; position < info.positions; ++position) {
    ImageGroup group{.name = info.positions > 1 ? fmt::format("position {}", position) : "",
                     .planes = info.planes,
                     .timepoints = info.timepoints,
                     .channels = makeChannels(info, format),
                     .voxelSize = info.voxelSizeUm.value_or(dvec3(1.0)),
                     .unit = info.voxelSizeUm ? "µm" : "pixel"};
    makePlaces(group, file.location().text());
    const std::int64_t images = info.channels * info.planes * info.timepoints;
    for (std::int64_t image = 0; image < images && page != planes.end(); ++image, ++page) {
      std::int64_t index[3] = {};
      std::int64_t rest = image;
      for (const char letter : axesOf(info.scanType)) {
        index[axisOf(letter)] = rest % counts[axisOf(letter)];
        rest /= counts[axisOf(letter)];
      }
      for (int sample = 0; sample < format.samples; ++sample)
        group.place(index[0] * format.samples + sample, index[2], index[1]) = {
            .file = 0, .page = static_cast<std::int32_t>(*page), .sample = sample};
    }
    layout.groups.push_back(std::move(group));
    if (page == planes.end()) break;
  }
  return layout;
}

}  // namespace volary::tiff
