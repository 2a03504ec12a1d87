#include "formats/level_baseline.h"

#include "base/error.h"
#include "formats/hdf5/dataset.h"
#include "formats/hdf5/file.h"
#include "formats/hdf5/object.h"
#include "formats/hdf5_image/hdf5_image_source.h"
#include "formats/hdf5_image/library/library_hdf5_file.h"

#include <array>
#include <optional>
#include <utility>
#include <vector>

namespace volary {

namespace {

class Hdf5Baseline final : public LevelBaseline {
 public:
  Hdf5Baseline(const Hdf5Level& level, std::shared_ptr<const hdf5::File> file, const hdf5::Dataset& dataset)
      : level_(level),
        path_(level.file.localPath().value_or(std::filesystem::path())),
        grid_((level.sizeVoxels + level.chunkVoxels - std::int64_t{1}) / level.chunkVoxels),
        file_(std::move(file)),
        library_(LibraryHdf5File(path_).openDataset(level.object)) {
    for (std::uint64_t z = 0; z < static_cast<std::uint64_t>(grid_.z); ++z)
      for (std::uint64_t y = 0; y < static_cast<std::uint64_t>(grid_.y); ++y)
        for (std::uint64_t x = 0; x < static_cast<std::uint64_t>(grid_.x); ++x) {
          const std::array<std::uint64_t, 3> chunk = {z, y, x};
          places_.push_back(dataset.findChunk(chunk));
        }
  }

  const std::filesystem::path& file() const override { return path_; }

  void readByLibrary(const i64vec3& chunk, std::span<std::byte> voxels) override {
    library_.readBox(chunk * level_.chunkVoxels, level_.chunkVoxels, level_.readType, voxels);
  }

  bool readBare(const i64vec3& chunk, std::span<std::byte> voxels, BareScratch& scratch) override {
    const auto index = static_cast<std::size_t>((chunk.z * grid_.y + chunk.y) * grid_.x + chunk.x);
    const std::optional<hdf5::ChunkPlace>& place = places_[index];
    if (!place) return false;
    if (scratch.stored.size() < place->bytes) scratch.stored.resize(place->bytes);
    const std::span<std::byte> stored = std::span(scratch.stored).first(place->bytes);
    file_->readAt(place->position, stored);
    level_.filters->decode(stored, place->filterMask, voxels, scratch.decode);
    return true;
  }

 private:
  const Hdf5Level& level_;
  std::filesystem::path path_;
  i64vec3 grid_;
  std::shared_ptr<const hdf5::File> file_;
  LibraryHdf5Dataset library_;
  std::vector<std::optional<hdf5::ChunkPlace>> places_;  ///< x fastest
};

}  // namespace

std::unique_ptr<LevelBaseline> openBaseline(Source& source, ImageId image, int number) {
  auto* const hdf5Source = dynamic_cast<Hdf5ImageSource*>(&source);
  if (!hdf5Source) return nullptr;
  const Hdf5Level& level = hdf5Source->level(image, number);
  if (!level.filters)
    fail("{}: {}: its voxels are read by the HDF5 library alone: there is nothing to compare", level.file.text(),
         level.object);
  const auto file = std::make_shared<const hdf5::File>(level.file);
  const std::optional<hdf5::Object> object = hdf5::Object::root(file).find(level.object, {});
  if (!object) fail("{}: {}: there is no such object", level.file.text(), level.object);
  return std::make_unique<Hdf5Baseline>(level, file, hdf5::Dataset(*object));
}

}  // namespace volary
