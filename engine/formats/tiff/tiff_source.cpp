#include "formats/tiff/tiff_source.h"

#include "base/error.h"
#include "formats/shared/chunk_reads.h"
#include "formats/tiff/file_series.h"
#include "formats/tiff/file_set.h"
#include "formats/tiff/level_pages.h"
#include "formats/tiff/ome_xml.h"
#include "formats/tiff/open_layout.h"
#include "formats/tiff/plane_reader.h"
#include "storage/location.h"

#include <glm/gtc/matrix_transform.hpp>

#include <algorithm>
#include <type_traits>

namespace volary {

namespace {

using namespace tiff;

class TiffSource final : public Source {
 public:
  explicit TiffSource(Layout layout) : layout_(std::move(layout)), files_(layout_.files) {
    dataset_.format = layout_.format;
    dataset_.location = layout_.opened.text();
    std::int64_t timepoints = 1;
    for (const ImageGroup& group : layout_.groups) timepoints = std::max(timepoints, group.timepoints);
    dataset_.timepoints = layout_.timepointIds;
    if (static_cast<std::int64_t>(dataset_.timepoints.size()) != timepoints) {
      dataset_.timepoints.clear();
      for (std::int64_t t = 0; t < timepoints; ++t) dataset_.timepoints.push_back(static_cast<int>(t));
    }
    for (ImageGroup& group : layout_.groups) {
      makePlaneThin(group);
      levels_.push_back(readGroupLevels(files_, layout_, group));
      for (std::size_t channel = 0; channel < group.channels.size(); ++channel) addSetup(group, channel);
    }
    warnOfMeaning();
    dataset_.warnings = layout_.warnings;
  }

  const Dataset& dataset() const override { return dataset_; }

  std::vector<Location> files() override {
    std::vector<Location> files = layout_.files;
    if (layout_.companion) files.push_back(*layout_.companion);
    return files;
  }

  const ImagePyramid& pyramid(ImageId image) override {
    const Setup& setup = dataset_.setups.at(image.setup);
    if (!setup.present.at(image.timepoint))
      fail("{}: setup {} has no plane at time point {}", dataset_.location, setup.id,
           dataset_.timepoints[image.timepoint]);
    return levels_[at(image).group].pyramid;
  }

  std::uint64_t countBytesStored(ImageId image, int level) override {
    pyramid(image);
    const ImageGroup& group = groupOf(image);
    std::uint64_t bytes = 0;
    for (std::int64_t z = 0; z < group.planes; ++z) {
      const PlanePlace& place = group.place(at(image).channel, image.timepoint, z);
      if (place.file < 0) continue;
      const HeldPage held = find(image, place, level);
      bytes += countPlaneBytes(*held.pages, *held.page, place.slice, place.sample);
    }
    return bytes;
  }

  RawChunk readChunk(const ChunkKey& key) override {
    const PlanePlace& place = placeOf(key);
    if (place.file < 0) return {};
    return sayIfChanged(place, [&] {
      const HeldPage held = find(key.image, place, key.level);
      return readPart(*held.pages, partOf(key, *held.page, place));
    });
  }

  ReadCost readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) override {
    thread_local ChunkReads reads;
    reads.clear();
    for (std::size_t i = 0; i < keys.size(); ++i) try {
        if (auto place = findChunk(keys[i]))
          reads.add(std::move(*place), i, kOneRange);
        else
          reads.leaveAlone(i);
      } catch (const std::exception&) {
        // The chunk says so itself.
        reads.leaveAlone(i);
      }
    return reads.run(*this, keys, sink);
  }

  void decodeChunk(const ChunkKey& key, const RawView& raw, std::span<std::byte> voxels,
                   DecodeScratch& scratch) override {
    // In a chunk at the edge, only the part on the plane is decoded, row after row.
    const PlanePlace& place = placeOf(key);
    if (place.file < 0 || !raw.stored) {
      std::ranges::fill(voxels, std::byte{0});
      return;
    }
    sayIfChanged(place, [&] {
      const HeldPage held = find(key.image, place, key.level);
      const PlanePart part = partOf(key, *held.page, place);
      const ImagePyramid& pyramid = levels_[at(key.image).group].pyramid;
      const std::int64_t chunkWidth = pyramid.levels[key.level].chunkVoxels.x;
      const auto voxel = static_cast<std::int64_t>(voxelBytes(pyramid.voxelType));
      decodePart(*held.pages, part, raw, voxels, scratch);
      widenRows(voxels, part.width * voxel, chunkWidth * voxel, part.height);
    });
  }

 private:
  /// Which group and channel a setup is.
  struct Address {
    std::size_t group = 0;
    std::int64_t channel = 0;
  };

  const Address& at(ImageId image) const { return addresses_.at(image.setup); }
  const ImageGroup& groupOf(ImageId image) const { return layout_.groups[at(image).group]; }

  void addSetup(const ImageGroup& group, std::size_t channel) {
    const Channel& stated = group.channels[channel];
    Setup setup{.id = static_cast<int>(dataset_.setups.size()),
                .name = stated.name,
                .voxelSize = group.voxelSize,
                .unit = group.unit,
                .worldFromVoxel = {},
                .present = {},
                .displayRange = stated.range,
                .displayColour = stated.colour};
    if (setup.name.empty() && group.channels.size() > 1) setup.name = fmt::format("channel {}", channel);
    if (!group.name.empty() && (layout_.groups.size() > 1 || setup.name.empty()))
      setup.name = setup.name.empty() ? group.name : fmt::format("{} {}", group.name, setup.name);
    if (setup.name.empty()) setup.name = layout_.opened.stem();
    const dmat4 worldFromVoxel = glm::scale(glm::translate(dmat4(1.0), group.origin), group.voxelSize);
    for (std::int64_t t = 0; t < static_cast<std::int64_t>(dataset_.timepoints.size()); ++t) {
      bool present = false;
      for (std::int64_t z = 0; t < group.timepoints && z < group.planes && !present; ++z)
        present = group.place(static_cast<std::int64_t>(channel), t, z).file >= 0;
      setup.present.push_back(present);
      setup.worldFromVoxel.push_back(worldFromVoxel);
    }
    addresses_.push_back(
        {static_cast<std::size_t>(&group - layout_.groups.data()), static_cast<std::int64_t>(channel)});
    dataset_.setups.push_back(std::move(setup));
  }

  /// A single plane may have any stated thickness, as there is no next plane: it could be a pillar in the picture.
  void makePlaneThin(ImageGroup& group) {
    constexpr double kThickest = 100;
    if (group.planes > 1 || group.voxelSize.z <= kThickest * group.voxelSize.x) return;
    layout_.warnings.push_back(
        fmt::format("a single plane is said to be {:g} {} thick; it is shown as thick as a pixel is wide",
                    group.voxelSize.z, group.unit));
    group.voxelSize.z = group.voxelSize.x;
  }

  /// Warns if the numbers of the first page mean something that Volary does not show.
  void warnOfMeaning() {
    const PageFormat& format = *levels_.front().formats.front();
    // ImageJ stores its lookup tables as palettes; its voxels are intensities.
    if (format.photometric == static_cast<std::uint16_t>(Photometric::palette) && layout_.format == "TIFF")
      layout_.warnings.emplace_back("its numbers are indices into a palette of colours; they are shown as numbers");
    if (format.photometric == static_cast<std::uint16_t>(Photometric::minIsWhite))
      layout_.warnings.emplace_back("its smallest value means white; values are shown as they are stored");
  }

  const PlanePlace& placeOf(const ChunkKey& key) const {
    return groupOf(key.image).place(at(key.image).channel, key.image.timepoint, key.chunk.z);
  }

  HeldPage find(ImageId image, const PlanePlace& place, int level) {
    const Address& address = at(image);
    return findLevelPage(files_, layout_, layout_.groups[address.group], levels_[address.group], place, level);
  }

  /// Calls `action`; an Error of it says, too, if the plane's file is not what it was.
  template <typename Action>
  std::invoke_result_t<Action> sayIfChanged(const PlanePlace& place, Action action) {
    try {
      return action();
    } catch (const Error& error) {
      if (!files_.isChanged(static_cast<std::size_t>(place.file))) throw;
      fail("{}{}", error.what(), kChangedFile);
    }
  }

  /// Where a chunk stands, if it is one range of a file.
  std::optional<ChunkPlace> findChunk(const ChunkKey& key) {
    const PlanePlace& place = placeOf(key);
    if (place.file < 0) return std::nullopt;
    const HeldPage held = find(key.image, place, key.level);
    const std::optional<ByteRange> range = findRange(*held.pages, partOf(key, *held.page, place));
    return range ? std::optional(ChunkPlace{held.pages->file().bytes(), *range}) : std::nullopt;
  }

  PlanePart partOf(const ChunkKey& key, const Page& page, const PlanePlace& place) const {
    const LevelInfo& level = levels_[at(key.image).group].pyramid.levels.at(key.level);
    const i64vec3 origin = key.chunk * i64vec3(level.chunkVoxels);
    const i64vec3 size = glm::min(i64vec3(level.chunkVoxels), level.sizeVoxels - origin);
    return {.page = page,
            .slice = place.slice,
            .sample = place.sample,
            .x = origin.x,
            .y = origin.y,
            .width = size.x,
            .height = size.y};
  }

  /// Moves rows that follow each other without a gap to where the rows of the whole chunk begin; the rest is zero.
  static void widenRows(std::span<std::byte> voxels, std::int64_t rowBytes, std::int64_t chunkRowBytes,
                        std::int64_t rows) {
    std::byte* const data = voxels.data();
    for (std::int64_t y = rows - 1; y > 0 && rowBytes != chunkRowBytes; --y)
      std::copy_backward(data + y * rowBytes, data + (y + 1) * rowBytes, data + y * chunkRowBytes + rowBytes);
    for (std::int64_t y = 0; y < rows; ++y)
      std::fill(data + y * chunkRowBytes + rowBytes, data + (y + 1) * chunkRowBytes, std::byte{0});
    std::fill(data + rows * chunkRowBytes, data + voxels.size(), std::byte{0});
  }

  Layout layout_;
  FileSet files_;
  std::vector<GroupLevels> levels_;  ///< one for each group
  std::vector<Address> addresses_;   ///< one a setup
  Dataset dataset_;
};

std::unique_ptr<Source> openFiles(const std::vector<Location>& files, const Location& opened) {
  Layout first = readLayout(files.front());
  // A file that describes a set of its own knows better than the names.
  if (files.size() == 1 || first.files.size() > 1) return std::make_unique<TiffSource>(std::move(first));
  return std::make_unique<TiffSource>(makeSeriesLayout(first, files, opened));
}

}  // namespace

bool hasTiffSignature(std::string_view head) {
  using namespace std::string_view_literals;
  return head.starts_with("II*\0"sv) || head.starts_with("MM\0*"sv) || head.starts_with("II+\0"sv) ||
         head.starts_with("MM\0+"sv);
}

bool hasTiffFiles(const Location& folder) {
  const auto entries = folder.list();
  return entries && std::ranges::any_of(*entries, [](const StoreEntry& entry) { return hasTiffName(entry.name); });
}

bool isOmeCompanion(const Location& file, std::string_view head) {
  const std::string name = file.name();
  return name.ends_with(".companion.ome") || name.ends_with(".ome.xml") || looksLikeOmeXml(head);
}

std::unique_ptr<Source> openTiff(const Location& file) { return std::make_unique<TiffSource>(readLayout(file)); }

std::unique_ptr<Source> openOmeCompanion(const Location& file) {
  return std::make_unique<TiffSource>(readCompanionLayout(file));
}

std::unique_ptr<Source> openTiffFolder(const Location& folder) {
  const std::vector<Location> files = listFiles(folder, "");
  if (files.empty()) fail("{}: there is no TIFF file in this folder", folder.text());
  return openFiles(files, folder);
}

std::unique_ptr<Source> openTiffPattern(const Location& pattern) {
  const std::vector<Location> files = listFiles(pattern.parent(), pattern.name());
  if (files.empty()) fail("{}: no file's name fits this pattern", pattern.text());
  return openFiles(files, pattern);
}

}  // namespace volary
