#include "formats/tiff/stk.h"

#include "base/error.h"
#include "formats/tiff/stack.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace volary::tiff {

namespace {

constexpr std::uint16_t kLong = 4;
constexpr std::uint16_t kRational = 5;
// UIC2 has six numbers a plane: its distance as a fraction, day and time of creation and of the last change.
constexpr std::uint64_t kNumbersOfPlane = 6;
constexpr std::uint64_t kMaxUic1Bytes = 4096;
constexpr std::uint64_t kMaxTextBytes = 1024;

/// The ids of UIC1.
enum Uic1 : std::uint64_t { kIsCalibrated = 3, kCalibrationX = 4, kCalibrationY = 5, kCalibrationUnit = 6, kName = 7 };

double fractionOf(std::uint64_t numerator, std::uint64_t denominator) {
  const double fraction = static_cast<double>(numerator) / static_cast<double>(denominator);
  return std::isfinite(fraction) ? fraction : 0.0;
}

/// A fraction at some place of the file; 0 if it is not wholly there.
double readFraction(const File& file, std::uint64_t position) {
  std::array<std::byte, 8> bytes{};
  if (file.readUpTo(position, bytes) != bytes.size()) return 0.0;
  return fractionOf(file.number(std::span(bytes).first(4)), file.number(std::span(bytes).last(4)));
}

/// A text that follows its length; empty if it is not wholly there.
std::string readText(const File& file, std::uint64_t position) {
  std::array<std::byte, 4> length{};
  if (file.readUpTo(position, length) != length.size()) return {};
  std::string text(std::min(file.number(length), kMaxTextBytes), '\0');
  text.resize(file.readUpTo(position + 4, std::as_writable_bytes(std::span(text))));
  return text.substr(0, text.find('\0'));
}

/// UIC1: pairs of an id and a value, or the place of the value.
void readUic1(const File& file, const Entry& entry, StkInfo& info) {
  if (entry.type != kLong || entry.isShort) return;
  Entry pairs = entry;
  pairs.count *= 2;
  const std::vector<std::uint64_t> numbers = readNumbers(file, pairs, kMaxUic1Bytes);
  dvec2 size(0.0);
  bool isCalibrated = true;
  for (std::size_t i = 0; i + 1 < numbers.size(); i += 2) {
    const std::uint64_t value = numbers[i + 1];
    switch (numbers[i]) {
      case kIsCalibrated: isCalibrated = value != 0; break;
      case kCalibrationX: size.x = readFraction(file, value); break;
      case kCalibrationY: size.y = readFraction(file, value); break;
      case kCalibrationUnit: info.unit = plainUnit(readText(file, value)); break;
      case kName: info.name = readText(file, value); break;
      default: break;
    }
  }
  if (isCalibrated && size.x > 0 && size.y > 0) info.pixelSize = size;
}

}  // namespace

bool StkInfo::isMovie() const {
  const bool moves = std::ranges::any_of(distances, [](double distance) { return distance != 0.0; });
  return !moves && std::ranges::adjacent_find(times) == times.end();
}

std::optional<StkInfo> findStkInfo(const File& file, const Directory& directory) {
  const Entry* const planes = directory.find(kUic2);
  if (!planes || planes->type != kRational || planes->isShort) return std::nullopt;
  // The count is the number of planes, however much is stored for each.
  Entry all = *planes;
  all.type = kLong;
  if (all.count > static_cast<std::uint64_t>(kMaxPlanes))
    fail("{}: {} planes are absurd", file.location().text(), all.count);
  all.count *= kNumbersOfPlane;
  const std::vector<std::uint64_t> numbers = readNumbers(file, all, all.count * 4);
  StkInfo info;
  for (std::size_t i = 0; i < numbers.size(); i += kNumbersOfPlane) {
    info.distances.push_back(fractionOf(numbers[i], numbers[i + 1]));
    info.times.push_back(numbers[i + 3]);
  }
  if (const Entry* const uic1 = directory.find(kUic1)) readUic1(file, *uic1, info);
  return info;
}

Layout makeStkLayout(PageList& pages, const StkInfo& info) {
  const File& file = pages.file();
  const auto planes = static_cast<std::int64_t>(info.distances.size());
  Layout layout{.format = "MetaMorph STK", .opened = file.location(), .files = {file.location()}};
  layout.planesBehindFirstPage = countPlanesBehindFirst(pages, planes);
  if (planes > 1 && layout.planesBehindFirstPage == 0)
    fail("{}: it is said to hold {} planes, which are not all behind the first one", file.location().text(), planes);
  const bool isMovie = planes > 1 && info.isMovie();
  const PageFormat& format = *pages.page(0).format;
  ImageGroup group{.name = info.name,
                   .planes = isMovie ? 1 : planes,
                   .timepoints = isMovie ? planes : 1,
                   .channels = channelsOfSamples(format)};
  if (info.pixelSize) {
    group.voxelSize = dvec3(*info.pixelSize, info.pixelSize->x);
    group.unit = info.unit.empty() ? "µm" : info.unit;
  }
  // The first distance may be that from where the stage was before.
  const double distance = std::abs(info.distances.back());
  if (distance > 0) group.voxelSize.z = distance;
  makePlaces(group, file.location().text());
  for (std::int64_t plane = 0; plane < planes; ++plane)
    for (int sample = 0; sample < format.samples; ++sample)
      group.place(sample, isMovie ? plane : 0, isMovie ? 0 : plane) = {
          .file = 0, .slice = static_cast<std::int32_t>(plane), .sample = sample};
  layout.groups.push_back(std::move(group));
  return layout;
}

}  // namespace volary::tiff
