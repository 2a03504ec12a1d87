#include "options/command_line.h"

#include "base/error.h"
#include "formats/open.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <vector>

namespace volary {

namespace {

// The largest size of a picture or a field along one axis: an int holds it, and arithmetic does not overflow.
constexpr std::int64_t kMaxSize = std::int64_t(1) << 30;

std::vector<std::int64_t> parseSizes(const std::string& option, const std::string& text, std::size_t count,
                                     const char* example) {
  std::vector<std::int64_t> sizes;
  for (const std::string_view part : split(text, 'x')) {
    const auto size = findNumber<std::int64_t>(part);
    if (!size || *size < 1 || *size > kMaxSize) break;
    sizes.push_back(*size);
  }
  if (sizes.size() != count || std::ranges::count(text, 'x') + 1 != static_cast<std::ptrdiff_t>(count))
    throw UsageError(
        fmt::format("{} takes {} whole numbers from 1 on, like {}, not '{}'", option, count, example, text));
  return sizes;
}

}  // namespace

std::string fileHelp() { return describeFormats() + ", or a computed field, synthetic:NAME?size=XxYxZ"; }

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const std::size_t at = text.find(separator);
    parts.push_back(text.substr(0, at));
    if (at == std::string_view::npos) return parts;
    text.remove_prefix(at + 1);
  }
}

void addImageChoice(CLI::App& command, ImageChoice& choice) {
  command.add_option("--setup", choice.setup, "Id of the view setup (channel, angle, tile) [the first]")
      ->type_name("ID");
  command.add_option("--time", choice.timepoint, "Id of the time point [the first that has this setup]")
      ->type_name("ID");
}

ImageId findImage(const Dataset& dataset, const ImageChoice& choice) {
  if (dataset.setups.empty() || dataset.timepoints.empty()) fail("{}: there is no image in it", dataset.location);
  ImageId image;
  if (choice.setup) image.setup = findSetupIndex(dataset, *choice.setup);
  const Setup& setup = dataset.setups[static_cast<std::size_t>(image.setup)];
  if (choice.timepoint) {
    image.timepoint = findTimepointIndex(dataset, *choice.timepoint);
    if (!setup.present[static_cast<std::size_t>(image.timepoint)])
      fail("{}: setup {} is missing at time point {}", dataset.location, setup.id, *choice.timepoint);
    return image;
  }
  const auto present = std::ranges::find(setup.present, true);
  if (present == setup.present.end()) fail("{}: setup {} is missing at every time point", dataset.location, setup.id);
  image.timepoint = static_cast<std::int32_t>(present - setup.present.begin());
  return image;
}

int parseAxis(const std::string& text) {
  if (text == "x") return 0;
  if (text == "y") return 1;
  if (text == "z") return 2;
  throw UsageError(fmt::format("--axis takes x, y or z, not '{}'", text));
}

ValueRange parseRange(const std::string& text) {
  const auto parts = split(text, ',');
  const auto low = findNumber<double>(parts.front());
  const auto high = findNumber<double>(parts.back());
  if (parts.size() != 2 || !low || !high || !std::isfinite(*low) || !std::isfinite(*high) || *low == *high)
    throw UsageError(fmt::format("--range takes two different numbers, like 0,255, not '{}'", text));
  return {*low, *high};
}

std::vector<double> parseNumbers(const std::string& option, const std::string& text, std::size_t count,
                                 std::string_view example) {
  const auto parts = split(text, ',');
  std::vector<double> numbers;
  for (const std::string_view part : parts)
    if (const auto number = findNumber<double>(part); number && std::isfinite(*number)) numbers.push_back(*number);
  if (numbers.size() != count || parts.size() != count)
    throw UsageError(fmt::format("{} takes {} numbers, like {}, not '{}'", option, count, example, text));
  return numbers;
}

Plane parsePlane(const std::string& option, const std::string& text) {
  const auto n = parseNumbers(option, text, 4, "0,0,1,25");
  const dvec3 normal(n[0], n[1], n[2]);
  const double length = glm::length(normal);
  if (!(length > 0.0) || !std::isfinite(length))
    throw UsageError(fmt::format("{} {}: the normal is zero", option, text));
  return {.normal = normal / length, .offset = n[3] / length};
}

ivec2 parseSize2(const std::string& option, const std::string& text) {
  const auto sizes = parseSizes(option, text, 2, "1280x720");
  return {static_cast<int>(sizes[0]), static_cast<int>(sizes[1])};
}

i64vec3 parseSize3(const std::string& option, const std::string& text) {
  const auto sizes = parseSizes(option, text, 3, "512x512x384");
  return {sizes[0], sizes[1], sizes[2]};
}

void printOut(const std::string& text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (!written || std::fflush(stdout) != 0) fail("standard output can't be written: {}", systemErrorText(errno));
}

}  // namespace volary
