#include "formats/tiff/ome_layout.h"

#include "base/error.h"

#include <algorithm>
#include <map>
#include <set>

namespace volary::tiff {

namespace {

/// The files of a dataset, each with a number, and what is known of them.
class OmeFiles {
 public:
  OmeFiles(Location xmlFile, const OmeXml& xml, Layout& layout) : xmlFile_(std::move(xmlFile)), layout_(layout) {
    xmlFileIsTiff_ = isTiff(xmlFile_);
    // A file that was renamed is recognised by its UUID.
    if (xmlFileIsTiff_ && !xml.uuid.empty()) numberOfUuid_[xml.uuid] = add(xmlFile_);
  }

  /// The number of the file that holds the planes; -1 if that can't be told.
  std::int32_t find(const OmeTiffData& data) {
    if (!data.uuid.empty())
      if (const auto found = numberOfUuid_.find(data.uuid); found != numberOfUuid_.end()) return found->second;
    if (data.fileName.empty()) return xmlFileIsTiff_ ? add(xmlFile_) : -1;
    // Only files beside the XML: a name must not lead to other places of the machine.
    if (!isPlainName(data.fileName))
      fail("{}: its OME-XML names the file \"{}\", which is not beside it", layout_.opened.text(), data.fileName);
    const std::int32_t number = add(xmlFile_.parent() / data.fileName);
    if (!data.uuid.empty()) numberOfUuid_.emplace(data.uuid, number);
    return number;
  }

  bool isThere(std::int32_t number) const { return !missing_.contains(number); }
  std::size_t missingCount() const { return missing_.size(); }

 private:
  static bool isTiff(const Location& file) {
    const std::string name = file.name();
    return !name.ends_with(".ome") && !name.ends_with(".xml");
  }

  std::int32_t add(const Location& file) {
    const auto [found, isNew] = numberOfFile_.emplace(file, static_cast<std::int32_t>(layout_.files.size()));
    if (isNew) {
      layout_.files.push_back(file);
      if (!file.isFile()) missing_.insert(found->second);
    }
    return found->second;
  }

  Location xmlFile_;
  Layout& layout_;
  bool xmlFileIsTiff_ = false;
  std::map<std::string, std::int32_t> numberOfUuid_;
  std::map<Location, std::int32_t> numberOfFile_;
  std::set<std::int32_t> missing_;
};

void setVoxelSize(const OmeImage& image, ImageGroup& group) {
  // The unit of x is that of all; without one, OME's default.
  const auto unitOf = [](const OmeLength& length) {
    return length.unit.empty() ? std::string("µm") : plainUnit(length.unit);
  };
  std::optional<dvec3> size;
  for (int axis = 0; axis < 3; ++axis) {
    const std::optional<OmeLength>& length = image.physicalSize[axis];
    if (!length || !(length->value > 0)) continue;
    const std::string unit = unitOf(*length);
    double value = length->value;
    if (!size) {
      group.unit = unit;
      // Sizes that are not stated for the other axes are the same as this one.
      size = dvec3(value);
    }
    const std::optional<double> micrometres = findMicrometres(unit);
    const std::optional<double> groupMicrometres = findMicrometres(group.unit);
    if (micrometres && groupMicrometres) value *= *micrometres / *groupMicrometres;
    (*size)[axis] = value;
  }
  if (size) group.voxelSize = *size;

  const std::optional<double> perGroupUnit = findMicrometres(group.unit);
  for (int axis = 0; axis < 3; ++axis) {
    const std::optional<OmeLength>& length = image.position[axis];
    if (!length || !perGroupUnit) continue;
    const std::optional<double> micrometres = findMicrometres(unitOf(*length));
    if (micrometres) group.origin[axis] = length->value * *micrometres / *perGroupUnit;
  }
}

/// The channels of an image, in the order of the planes: each Channel element has one plane and as many channels as
/// samples.
struct PlaneChannels {
  std::vector<Channel> channels;
  std::vector<std::int64_t> firstOfPlane;  ///< the channel that begins in plane c
};

PlaneChannels makeChannels(const OmeImage& image, const std::string& what) {
  PlaneChannels made;
  std::int64_t left = image.sizeC;
  if (left < 1 || left > kMaxChannels) fail("{} is said to have {} channels, which is absurd", what, left);
  for (std::size_t c = 0; left > 0; ++c) {
    const OmeChannel channel = c < image.channels.size() ? image.channels[c] : OmeChannel{};
    const std::int64_t samples = std::min(channel.samples, left);
    made.firstOfPlane.push_back(static_cast<std::int64_t>(made.channels.size()));
    for (std::int64_t sample = 0; sample < samples; ++sample) {
      Channel named{.name = channel.name, .colour = channel.colour, .range = std::nullopt};
      if (samples == 3 || samples == 4) {
        const dvec3 colours[] = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {0, 0, 0}};
        const char* const names[] = {"red", "green", "blue", "alpha"};
        named.name = channel.name.empty() ? names[sample] : channel.name + " " + names[sample];
        named.colour = colours[sample];
      }
      made.channels.push_back(std::move(named));
    }
    left -= samples;
  }
  return made;
}

/// Records where the planes of one TiffData are. Returns how many it names.
std::int64_t placePlanes(const OmeImage& image, const OmeTiffData& data, const PlaneChannels& channels,
                         std::int32_t file, ImageGroup& group) {
  const std::int64_t planesC = static_cast<std::int64_t>(channels.firstOfPlane.size());
  const std::int64_t counts[3] = {image.sizeZ, planesC, image.sizeT};
  std::int64_t index[3] = {data.firstZ, data.firstC, data.firstT};
  const auto axisOf = [](char letter) { return letter == 'Z' ? 0 : (letter == 'C' ? 1 : 2); };
  const std::int64_t all = counts[0] * counts[1] * counts[2];
  // A first place without a count stands for one plane; neither of them stands for every plane of the file.
  const std::int64_t stated = data.planeCount.value_or(data.ifd ? 1 : all);
  const std::int64_t first = data.ifd.value_or(0);
  std::int64_t plane = 0;
  for (; plane < std::min(stated, all); ++plane) {
    if (index[0] >= counts[0] || index[1] >= counts[1] || index[2] >= counts[2] || first < 0 ||
        first + plane > kMaxPlanes)
      return plane;
    const std::int64_t begin = channels.firstOfPlane[static_cast<std::size_t>(index[1])];
    const std::int64_t end = index[1] + 1 < planesC ? channels.firstOfPlane[static_cast<std::size_t>(index[1] + 1)]
                                                    : static_cast<std::int64_t>(channels.channels.size());
    for (std::int64_t channel = begin; channel < end; ++channel)
      group.place(channel, index[2], index[0]) = {.file = file,
                                                  .page = static_cast<std::int32_t>(first + plane),
                                                  .sample = static_cast<std::int32_t>(channel - begin)};
    for (const char letter : image.dimensionOrder.substr(2)) {
      const int axis = axisOf(letter);
      if (++index[axis] < counts[axis]) break;
      // The last axis has no next one to carry to.
      if (letter != image.dimensionOrder.back()) index[axis] = 0;
    }
  }
  return plane;
}

ImageGroup makeGroup(const OmeImage& image, OmeFiles& files, const Layout& layout) {
  const std::string what = layout.opened.text() + ": its OME-XML's image";
  PlaneChannels channels = makeChannels(image, what);
  ImageGroup group{.name = image.name,
                   .planes = image.sizeZ,
                   .timepoints = image.sizeT,
                   .channels = channels.channels,
                   .sizeX = image.sizeX,
                   .sizeY = image.sizeY,
                   .smaller = Smaller::subDirectories};
  setVoxelSize(image, group);
  makePlaces(group, what);
  // Ranges may overlap if their counts are left out; more overlap than this is an attempt to keep us busy.
  std::int64_t budget = 64 * static_cast<std::int64_t>(group.places.size());
  if (image.tiffData.empty()) placePlanes(image, {}, channels, files.find({}), group);
  for (const OmeTiffData& data : image.tiffData) {
    budget -= placePlanes(image, data, channels, files.find(data), group);
    if (budget < 0) fail("{} names its {} planes over and over", what, group.places.size());
  }
  return group;
}

bool sameKind(const OmeImage& a, const OmeImage& b) {
  return a.type == b.type && a.sizeX == b.sizeX && a.sizeY == b.sizeY && a.sizeZ == b.sizeZ && a.sizeT == b.sizeT &&
         a.sizeC == b.sizeC;
}

}  // namespace

Layout makeOmeLayout(const OmeXml& xml, const Location& xmlFile, const Location& opened) {
  if (xml.images.empty()) fail("{}: its OME-XML has no image", opened.text());
  Layout layout{.format = "OME-TIFF", .opened = opened};
  OmeFiles files(xmlFile, xml, layout);
  std::size_t others = 0;
  std::int64_t planes = 0;
  for (const OmeImage& image : xml.images) {
    if (!sameKind(image, xml.images.front())) {
      ++others;
      continue;
    }
    layout.groups.push_back(makeGroup(image, files, layout));
    planes += static_cast<std::int64_t>(layout.groups.back().places.size());
    if (planes > kMaxPlanes) fail("{}: its OME-XML counts more than {} planes", opened.text(), kMaxPlanes);
  }
  // The position of the stage matters only between images.
  const dvec3 first = layout.groups.front().origin;
  for (ImageGroup& group : layout.groups) group.origin -= first;
  if (others > 0)
    layout.warnings.push_back(
        fmt::format("{} of {} images of the OME-XML are left out: they differ from the first one "
                    "in size or number type",
                    others, xml.images.size()));
  if (files.missingCount() > 0)
    layout.warnings.push_back(
        fmt::format("{} of {} files that the OME-XML names are not there; their planes can't be read",
                    files.missingCount(), layout.files.size()));
  std::size_t missing = 0;
  for (const ImageGroup& group : layout.groups)
    missing += static_cast<std::size_t>(std::ranges::count(group.places, -1, &PlanePlace::file));
  if (missing > 0)
    layout.warnings.push_back(
        fmt::format("the OME-XML says nothing of where {} of {} planes are; they are shown as zero", missing, planes));
  return layout;
}

}  // namespace volary::tiff
