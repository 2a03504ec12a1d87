#include "formats/imaris/imaris_info.h"

#include "base/error.h"
#include "base/text_values.h"

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace volary {

namespace {

constexpr std::size_t kMaxNames = 1'000'000;
constexpr std::size_t kMaxImages = 4'000'000;

/// The numbers N of the children "PREFIX N", ascending.
std::vector<int> listNumbered(const Hdf5File& file, const std::string& group, std::string_view prefix) {
  std::vector<int> numbers;
  for (const std::string_view name : file.children(group, kMaxNames)) {
    if (!name.starts_with(prefix)) continue;
    if (const auto number = findInt(name.substr(prefix.size())); number && *number >= 0) numbers.push_back(*number);
  }
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

/// The texts of "DataSetInfo/Image" and the like.
class Texts {
 public:
  Texts(const Hdf5File& file, std::string object) : file_(file), object_(std::move(object)) {}

  std::optional<std::string> find(const std::string& name) const {
    std::optional<std::string> text;
    try {
      text = file_.findStringAttribute(object_, name);
    } catch (const Error&) {
      // A text that can't be read is no reason to refuse the voxels.
    }
    if (!text || trim(*text).empty()) return std::nullopt;
    return std::string(trim(*text));
  }

  std::optional<double> number(const std::string& name) const {
    const auto text = find(name);
    const auto value = text ? findDouble(*text) : std::nullopt;
    return value && std::isfinite(*value) ? value : std::nullopt;
  }

  /// `count` numbers that are separated by white space.
  std::optional<std::vector<double>> numbers(const std::string& name, std::size_t count) const {
    const auto text = find(name);
    auto values = text ? findDoubles(*text) : std::nullopt;
    if (!values || values->size() != count || !std::ranges::all_of(*values, [](double v) { return std::isfinite(v); }))
      return std::nullopt;
    return values;
  }

 private:
  const Hdf5File& file_;
  std::string object_;
};

/// Where the image lies: the extents are those of its outer faces, so the first voxel's centre is half a voxel inside.
struct Placement {
  dvec3 voxelSize{1.0};
  dvec3 firstCentre{0.0};
};

Placement readPlacement(const Texts& image, const i64vec3& size, std::vector<std::string>& warnings) {
  Placement placement;
  bool complete = true;
  for (int axis = 0; axis < 3; ++axis) {
    const auto min = image.number(fmt::format("ExtMin{}", axis));
    const auto max = image.number(fmt::format("ExtMax{}", axis));
    if (!min || !max || !(*max > *min)) {
      complete = false;
      continue;
    }
    placement.voxelSize[axis] = (*max - *min) / static_cast<double>(size[axis]);
    placement.firstCentre[axis] = *min + placement.voxelSize[axis] / 2.0;
  }
  if (!complete)
    warnings.emplace_back("an extent (ExtMin, ExtMax) is missing or empty; voxels of size 1 are assumed there");
  return placement;
}

/// The colour where the channel has one; a channel with a table of colours has none.
std::optional<dvec3> readColour(const Texts& channel) {
  if (const auto mode = channel.find("ColorMode"); mode && *mode != "BaseColor") return std::nullopt;
  const auto rgb = channel.numbers("Color", 3);
  if (!rgb) return std::nullopt;
  return glm::clamp(dvec3((*rgb)[0], (*rgb)[1], (*rgb)[2]), 0.0, 1.0);
}

std::optional<ValueRange> readRange(const Texts& channel) {
  const auto range = channel.numbers("ColorRange", 2);
  if (!range || !((*range)[1] > (*range)[0])) return std::nullopt;
  return ValueRange{(*range)[0], (*range)[1]};
}

std::string shortUnit(const std::string& unit) {
  if (unit == "um" || unit == "micron" || unit == "micrometer" || unit == "\xc2\xb5m" || unit == "\xb5m") return "um";
  return unit;
}

/// The size of level 0 as `image` states it, or else as stated beside its voxels; 1 if neither states it.
i64vec3 readSize(const Texts& image, const Texts& voxels) {
  i64vec3 size(1);
  for (int axis = 0; axis < 3; ++axis) {
    const char letter = "XYZ"[axis];
    auto stated = image.number(std::string(1, letter));
    if (!stated) stated = voxels.number(fmt::format("ImageSize{}", letter));
    if (stated && *stated >= 1.0 && *stated < 2147483648.0) size[axis] = static_cast<std::int64_t>(*stated);
  }
  return size;
}

}  // namespace

std::string imarisChannelObject(int level, int timepoint, int channel) {
  return fmt::format("DataSet/ResolutionLevel {}/TimePoint {}/Channel {}", level, timepoint, channel);
}

ImarisInfo readImarisInfo(const Hdf5File& file) {
  ImarisInfo info;
  Dataset& dataset = info.dataset;
  dataset.format = "imaris";
  const std::string name = file.location().text();
  dataset.location = name;

  info.levels = listNumbered(file, "DataSet", "ResolutionLevel ");
  if (info.levels.empty()) fail("{}: this Imaris file has no resolution level", name);
  if (info.levels.size() > kMaxLevels) fail("{}: {} levels are absurd", name, info.levels.size());
  const std::string finest = fmt::format("DataSet/ResolutionLevel {}", info.levels.front());
  dataset.timepoints = listNumbered(file, finest, "TimePoint ");
  if (dataset.timepoints.empty()) fail("{}: this Imaris file has no time point", name);
  const std::string first = fmt::format("{}/TimePoint {}", finest, dataset.timepoints.front());
  const std::vector<int> channels = listNumbered(file, first, "Channel ");
  if (channels.empty()) fail("{}: this Imaris file has no channel", name);
  if (dataset.timepoints.size() > kMaxImages / channels.size())
    fail("{}: {} channels at {} time points are absurdly many", name, channels.size(), dataset.timepoints.size());

  const Texts image(file, "DataSetInfo/Image");
  const Texts voxels(file, imarisChannelObject(info.levels.front(), dataset.timepoints.front(), channels.front()));
  const Placement placement = readPlacement(image, readSize(image, voxels), dataset.warnings);
  const dmat4 worldFromVoxel = glm::scale(glm::translate(dmat4(1.0), placement.firstCentre), placement.voxelSize);
  for (const int channel : channels) {
    const Texts texts(file, fmt::format("DataSetInfo/Channel {}", channel));
    dataset.setups.push_back({.id = channel,
                              .name = texts.find("Name").value_or(fmt::format("channel {}", channel)),
                              .voxelSize = placement.voxelSize,
                              .unit = shortUnit(image.find("Unit").value_or("um")),
                              .worldFromVoxel = std::vector<dmat4>(dataset.timepoints.size(), worldFromVoxel),
                              .present = std::vector<bool>(dataset.timepoints.size(), true),
                              .displayRange = readRange(texts),
                              .displayColour = readColour(texts)});
  }
  return info;
}

}  // namespace volary
