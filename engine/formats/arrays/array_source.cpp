#include "formats/arrays/array_source.h"

#include "base/error.h"
#include "formats/arrays/spanning_chunks.h"
#include "formats/shared/chunk_reads.h"
#include "storage/location.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace volary::arrays {

namespace {

class ArraySource final : public Source {
 public:
  ArraySource(Dataset dataset, std::vector<Location> files, OpenArrayImage open)
      : dataset_(std::move(dataset)), files_(std::move(files)), open_(std::move(open)) {}

  const Dataset& dataset() const override { return dataset_; }
  std::vector<Location> files() override { return files_; }

  const ImagePyramid& pyramid(ImageId image) override { return this->image(image).pyramid; }

  std::uint64_t countBytesStored(ImageId image, int level) override {
    const ArrayLevel& counted = this->image(image).levels.at(static_cast<std::size_t>(level));
    try {
      return counted.countBytesStored();
    } catch (const Error& error) {
      fail("{}: {}", counted.array().folder().text(), error.what());
    }
  }

  RawChunk readChunk(const ChunkKey& key) override {
    const ArrayLevel& level = levelOf(key);
    try {
      return level.readChunk(key.chunk, spanning_);
    } catch (const Error& error) {
      failChunk(key, level, "read", error);
    }
  }

  ReadCost readChunks(std::span<const ChunkKey> keys, ChunkSink& sink) override {
    thread_local ChunkReads reads;
    reads.clear();
    for (std::size_t i = 0; i < keys.size(); ++i) try {
        if (auto place = levelOf(keys[i]).findShared(keys[i].chunk, spanning_))
          reads.add(std::move(*place), i);
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
    if (!raw.stored) {
      std::ranges::fill(voxels, std::byte{0});
      return;
    }
    const ArrayLevel& level = levelOf(key);
    try {
      level.decodeChunk(key.chunk, raw, voxels, scratch, spanning_);
    } catch (const Error& error) {
      failChunk(key, level, "decoded", error);
    }
  }

 private:
  const ArrayImage& image(ImageId id) {
    {
      const std::shared_lock lock(imagesMutex_);
      if (const auto found = images_.find(id); found != images_.end()) return found->second;
    }
    const Setup& setup = dataset_.setups.at(static_cast<std::size_t>(id.setup));
    if (!setup.present.at(static_cast<std::size_t>(id.timepoint)))
      fail("{}: time point {}, setup {}: the file says that this view is missing", dataset_.location,
           dataset_.timepoints[static_cast<std::size_t>(id.timepoint)], setup.id);
    ArrayImage image = open_(id);
    // If two threads came here for the same image, the first one's stays.
    const std::unique_lock lock(imagesMutex_);
    return images_.try_emplace(id, std::move(image)).first->second;
  }

  const ArrayLevel& levelOf(const ChunkKey& key) {
    return image(key.image).levels.at(static_cast<std::size_t>(key.level));
  }

  [[noreturn]] static void failChunk(const ChunkKey& key, const ArrayLevel& level, const char* verb,
                                     const Error& error) {
    fail("{}: chunk {}, {}, {} can't be {}: {}{}", level.array().folder().text(), key.chunk.x, key.chunk.y, key.chunk.z,
         verb, error.what(), level.isChanged(key.chunk) ? kChangedFile : "");
  }

  Dataset dataset_;
  std::vector<Location> files_;
  OpenArrayImage open_;
  std::shared_mutex imagesMutex_;
  std::map<ImageId, ArrayImage> images_;  // a map: references to its values stay valid
  SpanningChunks spanning_;
};

}  // namespace

std::unique_ptr<Source> makeArraySource(Dataset dataset, std::vector<Location> files, OpenArrayImage open) {
  return std::make_unique<ArraySource>(std::move(dataset), std::move(files), std::move(open));
}

}  // namespace volary::arrays
