#include "formats/tiff/imagej.h"

#include "base/bytes.h"
#include "base/error.h"
#include "base/text_values.h"
#include "formats/tiff/stack.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace volary::tiff {

namespace {

constexpr std::uint64_t kMaxMetadataBytes = 256 * kMiB;

std::optional<double> findFinite(std::string_view text) {
  const std::optional<double> value = findDouble(text);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::uint32_t signature(std::string_view letters) {
  std::uint32_t value = 0;
  for (const char c : letters) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

/// The brightest colour of a lookup table of 256 reds, greens and blues.
dvec3 brightest(std::span<const std::byte> table) {
  const auto at = [&](std::size_t component) { return std::to_integer<int>(table[component * 256 + 255]) / 255.0; };
  return {at(0), at(1), at(2)};
}

/// Makes the numbers of channels, slices and frames agree with the number of images; warns if it changes them.
void reconcile(ImageJDescription& description, std::vector<std::string>& warnings) {
  std::int64_t& z = description.slices;
  std::int64_t& t = description.frames;
  const std::int64_t c = description.channels;
  const std::int64_t images = description.images;
  if (images == c * z * t) return;
  if (c * z * t == 1) {
    z = images;
    return;
  }
  warnings.push_back(
      fmt::format("ImageJ's description counts {} images, but {} channels, {} slices and {} frames", images, c, z, t));
  if (images % (c * z) == 0) {
    t = images / (c * z);
  } else if (images % c == 0) {
    z = images / c;
    t = 1;
  } else {
    description.channels = t = 1;
    z = images;
  }
}

void setChannels(ImageGroup& group, const ImageJDescription& description, const ImageJMetadata& metadata,
                 std::vector<Channel> samples) {
  // ImageJ's own colours of a composite without lookup tables, in their order.
  static const std::array<dvec3, 7> kComposite = {dvec3(1, 0, 0), dvec3(0, 1, 0), dvec3(0, 0, 1), dvec3(1, 1, 1),
                                                  dvec3(0, 1, 1), dvec3(1, 0, 1), dvec3(1, 1, 0)};
  const bool isComposite = description.mode == "composite" || description.mode == "color";
  for (std::int64_t c = 0; c < description.channels; ++c) {
    const auto index = static_cast<std::size_t>(c);
    for (Channel channel : samples) {
      if (samples.size() == 1 && description.mode != "grayscale") {
        if (index < metadata.colours.size())
          channel.colour = metadata.colours[index];
        else if (isComposite && description.channels > 1)
          channel.colour = kComposite[index % kComposite.size()];
      }
      if (index < metadata.ranges.size())
        channel.range = metadata.ranges[index];
      else if (description.channels == 1)
        channel.range = description.range;
      group.channels.push_back(std::move(channel));
    }
  }
}

}  // namespace

std::optional<ImageJDescription> findImageJDescription(std::string_view text) {
  // SCIFIO writes the same keys.
  if (!text.starts_with("ImageJ=") && !text.starts_with("SCIFIO=")) return std::nullopt;
  ImageJDescription description;
  double min = 0.0;
  double max = 0.0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of("\r\n"), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, equals);
    const std::string_view value = trim(line.substr(equals + 1));
    const auto setCount = [&](std::int64_t& count) {
      const std::optional<double> number = findDouble(value);
      if (number && *number >= 1 && *number <= static_cast<double>(kMaxPlanes))
        count = static_cast<std::int64_t>(*number);
    };
    if (key == "images") setCount(description.images);
    if (key == "channels") setCount(description.channels);
    if (key == "slices") setCount(description.slices);
    if (key == "frames") setCount(description.frames);
    if (key == "order") description.order = value;
    if (key == "mode") description.mode = value;
    if (key == "unit") description.unit = value;
    if (key == "spacing") description.spacing = findFinite(value);
    if (key == "min") min = findFinite(value).value_or(min);
    if (key == "max") max = findFinite(value).value_or(max);
  }
  if (description.images > kMaxPlanes / description.channels ||
      description.channels * description.slices > kMaxPlanes / description.frames)
    description.channels = description.slices = description.frames = 1;
  if (min < max) description.range = ValueRange{min, max};
  std::string sorted = description.order;
  std::ranges::sort(sorted);
  if (sorted != "ctz") description.order = "czt";
  return description;
}

ImageJMetadata readImageJMetadata(const File& file, const Directory& directory) {
  ImageJMetadata metadata;
  const Entry* const countsEntry = directory.find(kImageJByteCounts);
  const Entry* const bytesEntry = directory.find(kImageJMetadata);
  if (!countsEntry || !bytesEntry) return metadata;
  const std::vector<std::uint64_t> counts = readNumbers(file, *countsEntry, kMaxMetadataBytes);
  const std::vector<std::byte> bytes = readBytes(file, *bytesEntry, kMaxMetadataBytes);
  // The header is "IJIJ" and, for each kind of item, its four letters and the number of items; the items' bytes follow.
  const std::span<const std::byte> all(bytes);
  if (counts.empty() || counts[0] > all.size() || counts[0] < 4 || file.number(all.first(4)) != signature("IJIJ"))
    return metadata;
  std::size_t item = 1;
  std::uint64_t place = counts[0];
  for (std::uint64_t at = 4; at + 8 <= counts[0]; at += 8) {
    const std::uint64_t kind = file.number(all.subspan(at, 4));
    const std::uint64_t items = file.number(all.subspan(at + 4, 4));
    for (std::uint64_t i = 0; i < items; ++i, ++item) {
      if (item >= counts.size() || counts[item] > all.size() - place) return metadata;
      const std::span<const std::byte> value = all.subspan(place, counts[item]);
      place += counts[item];
      if (kind == signature("luts") && value.size() == 768) metadata.colours.push_back(brightest(value));
      if (kind == signature("rang"))
        for (std::size_t pair = 0; pair + 16 <= value.size(); pair += 16) {
          const auto number = [&](std::size_t offset) {
            const std::uint64_t bits = file.number(value.subspan(pair + offset, 8));
            double result;
            std::memcpy(&result, &bits, sizeof(result));
            return result;
          };
          metadata.ranges.push_back({number(0), number(8)});
        }
    }
  }
  const bool sound = std::ranges::all_of(metadata.ranges, [](const ValueRange& range) {
    return std::isfinite(range.min) && std::isfinite(range.max) && range.min < range.max;
  });
  if (!sound) metadata.ranges.clear();
  return metadata;
}

Layout makeImageJLayout(PageList& pages, const ImageJDescription& stated) {
  ImageJDescription description = stated;
  Layout layout{.format = "ImageJ TIFF", .opened = pages.file().location(), .files = {pages.file().location()}};
  layout.planesBehindFirstPage = countPlanesBehindFirst(pages, description.images);
  const PageFormat format = *pages.page(0).format;
  StackPages stack;
  if (layout.planesBehindFirstPage == 0) {
    stack = findStackPages(pages, layout.warnings);
    const auto found = static_cast<std::int64_t>(stack.planes.size());
    if (found != description.images) {
      if (description.images > 1 || found < 1)
        layout.warnings.push_back(
            fmt::format("ImageJ's description counts {} images, the file has {}", description.images, found));
      description.images = found;
    }
  }
  reconcile(description, layout.warnings);

  ImageGroup group{.planes = description.slices, .timepoints = description.frames};
  setChannels(group, description, readImageJMetadata(pages.file(), pages.firstDirectory()), channelsOfSamples(format));
  setPixelSize(pages, description.unit, group);
  if (description.spacing && std::abs(*description.spacing) > 0) group.voxelSize.z = std::abs(*description.spacing);
  group.smaller = stack.smaller;
  makePlaces(group, pages.file().location().text());

  const std::int64_t counts[] = {description.channels, description.slices, description.frames};
  const auto axisOf = [](char letter) { return letter == 'c' ? 0 : (letter == 'z' ? 1 : 2); };
  for (std::int64_t image = 0; image < description.images; ++image) {
    std::int64_t index[3] = {};
    std::int64_t rest = image;
    for (const char letter : description.order) {
      index[axisOf(letter)] = rest % counts[axisOf(letter)];
      rest /= counts[axisOf(letter)];
    }
    for (int sample = 0; sample < format.samples; ++sample) {
      PlanePlace& place = group.place(index[0] * format.samples + sample, index[2], index[1]);
      place = {.file = 0, .sample = sample};
      if (layout.planesBehindFirstPage > 0)
        place.slice = static_cast<std::int32_t>(image);
      else
        place.page = static_cast<std::int32_t>(stack.planes[static_cast<std::size_t>(image)]);
    }
  }
  layout.groups.push_back(std::move(group));
  return layout;
}

}  // namespace volary::tiff
