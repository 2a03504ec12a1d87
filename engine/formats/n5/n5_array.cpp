// Based on: N5 file-system specification, version 4.0.0, github.com/saalfeldlab/n5.
#include "formats/n5/n5_array.h"

#include "base/error.h"
#include "codecs/shuffle.h"
#include "formats/arrays/codec_steps.h"
#include "storage/location.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <utility>

namespace volary::n5 {

using arrays::Extents;
using arrays::findMember;
using arrays::findText;

namespace {

constexpr std::int64_t kMaxInteger = std::int64_t{1} << 53;
// Modes of a block: kDefault has the shape of the dataset's blocks or a smaller one; kVariableLength also states the
// number of values.
constexpr std::uint64_t kDefault = 0;
constexpr std::uint64_t kVariableLength = 1;

std::uint64_t readBigEndian(std::span<const std::byte> bytes, std::size_t position, std::size_t count) {
  if (position + count > bytes.size()) fail("its block has {} bytes, too few for a header", bytes.size());
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[position + i]);
  return value;
}

/// The shape of a block, slowest axis first, and where its voxels begin.
struct BlockHeader {
  Extents shape;
  std::size_t bytes = 0;
};

BlockHeader readHeader(std::span<const std::byte> block, const Extents& fullShape) {
  const std::uint64_t mode = readBigEndian(block, 0, 2);
  if (mode != kDefault && mode != kVariableLength) fail("its block has the mode {}, which holds no voxels", mode);
  const std::uint64_t rank = readBigEndian(block, 2, 2);
  if (rank != fullShape.size()) fail("its block has {} axes, the dataset {}", rank, fullShape.size());
  BlockHeader header{.shape = Extents(fullShape.size()), .bytes = 4 + 4 * fullShape.size()};
  std::uint64_t voxels = 1;
  for (std::size_t i = 0; i < fullShape.size(); ++i) {
    // The file counts x first.
    const std::size_t axis = fullShape.size() - 1 - i;
    const std::uint64_t extent = readBigEndian(block, 4 + 4 * i, 4);
    if (extent < 1 || extent > static_cast<std::uint64_t>(fullShape[axis]))
      fail("its block has {} voxels along an axis, blocks have up to {}", extent, fullShape[axis]);
    header.shape[axis] = static_cast<std::int64_t>(extent);
    voxels *= extent;
  }
  if (mode == kVariableLength) {
    if (const std::uint64_t count = readBigEndian(block, header.bytes, 4); count != voxels)
      fail("its block says that it holds {} values, its shape makes {}", count, voxels);
    header.bytes += 4;
  }
  return header;
}

class N5Array final : public arrays::StoredArray {
 public:
  N5Array(Location folder, arrays::ArrayLayout layout, std::optional<arrays::CodecStep> compressor)
      : StoredArray(std::move(folder), std::move(layout)), compressor_(std::move(compressor)) {
    // A compressor's worst case, and the header.
    arrays::CodecChain chain(chunkBytes(this->layout()));
    if (compressor_) chain.add(*compressor_);
    maxBlockBytes_ = chain.maxEncodedBytes() + 8 + 4 * this->layout().shape.size();
  }

  RawChunk readChunk(std::span<const std::int64_t> chunk) const override {
    std::optional<std::vector<std::byte>> bytes = fileOf(chunk).findBytes(maxBlockBytes_);
    if (!bytes) return {};
    return {.bytes = std::move(*bytes), .filterMask = 0, .stored = true};
  }

  void decodeChunk(const RawView& raw, std::span<std::byte> voxels, DecodeScratch& scratch) const override {
    const BlockHeader header = readHeader(raw.bytes, layout().chunkShape);
    const std::span<const std::byte> encoded = raw.bytes.subspan(header.bytes);
    const std::size_t width = voxelBytes(layout().voxelType);
    std::size_t bytes = width;
    for (const std::int64_t extent : header.shape) bytes *= static_cast<std::size_t>(extent);
    const bool isWhole = header.shape == layout().chunkShape;
    const std::span<std::byte> block = isWhole ? voxels : scratch.buffer(0, bytes);
    const std::size_t count = compressor_ ? compressor_->undo(encoded, block) : copyRaw(encoded, block);
    if (count != bytes) fail("its block decodes to {} bytes, not {}", count, bytes);
    swapByteOrder(block, width);
    if (!isWhole) placeBlock(block, header.shape, voxels);
  }

  std::uint64_t countChunkBytes(std::span<const std::int64_t> chunk) const override {
    return fileOf(chunk).findVersion().value_or(FileVersion()).sizeBytes;
  }

 private:
  Location fileOf(std::span<const std::int64_t> chunk) const {
    Location file = folder();
    for (std::size_t axis = chunk.size(); axis-- > 0;) file = file / std::to_string(chunk[axis]);
    return file;
  }

  static std::size_t copyRaw(std::span<const std::byte> in, std::span<std::byte> out) {
    if (in.size() != out.size()) fail("its block holds {} bytes of voxels, not {}", in.size(), out.size());
    std::ranges::copy(in, out.begin());
    return in.size();
  }

  /// Copies a smaller block, as the end of a dataset has them, row by row into a whole one.
  void placeBlock(std::span<const std::byte> block, const Extents& shape, std::span<std::byte> voxels) const {
    std::ranges::fill(voxels, std::byte{0});
    const std::size_t width = voxelBytes(layout().voxelType);
    const std::size_t rank = shape.size();
    const std::size_t rowBytes = static_cast<std::size_t>(shape[rank - 1]) * width;
    Extents at(rank, 0);
    for (std::size_t position = 0; position < block.size(); position += rowBytes) {
      std::int64_t to = 0;
      for (std::size_t axis = 0; axis < rank; ++axis) to += at[axis] * layout().strides[axis];
      std::memcpy(voxels.data() + static_cast<std::size_t>(to) * width, block.data() + position, rowBytes);
      for (std::size_t axis = rank - 1; axis-- > 0;) {
        if (++at[axis] < shape[axis]) break;
        at[axis] = 0;
      }
    }
  }

  std::optional<arrays::CodecStep> compressor_;  ///< nothing: raw
  std::size_t maxBlockBytes_ = 0;
};

/// Nothing for raw. Before version 2 the name alone was stated, as "compressionType".
std::optional<arrays::CodecStep> readCompressor(const Json& attributes) {
  const Json* compression = findMember(attributes, "compression");
  const std::string type =
      (compression ? findText(*compression, "type") : findText(attributes, "compressionType")).value_or("raw");
  if (type == "raw") return std::nullopt;
  if (type == "lz4") return arrays::makeLz4BlocksStep();
  std::optional<arrays::CodecStep> step = arrays::findCompressor(type);
  if (!step) fail("its blocks are compressed by \"{}\", which is not supported", type);
  return step;
}

}  // namespace

std::optional<Json> findAttributes(const Location& folder) { return arrays::findJsonFile(folder / "attributes.json"); }

bool isDataset(const Json& attributes) {
  return findMember(attributes, "dimensions") && findMember(attributes, "dataType");
}

std::shared_ptr<const arrays::StoredArray> openDataset(const Location& folder, const Json& attributes) {
  return nameInErrors(folder, [&]() -> std::shared_ptr<const arrays::StoredArray> {
    arrays::ArrayLayout layout;
    layout.shape = arrays::readIntegers(attributes, "dimensions", 0, kMaxInteger);
    layout.chunkShape = arrays::readIntegers(attributes, "blockSize", 1, kMaxInteger);
    std::ranges::reverse(layout.shape);
    std::ranges::reverse(layout.chunkShape);
    const std::string type = findText(attributes, "dataType").value_or("");
    const std::optional<VoxelType> voxelType = findVoxelType(type);
    if (!voxelType) fail("values of the type \"{}\" can't be shown", type);
    layout.voxelType = *voxelType;
    arrays::checkLayout(layout);
    std::vector<int> order(layout.shape.size());
    std::iota(order.begin(), order.end(), 0);
    layout.strides = arrays::stridesOf(layout.chunkShape, order);
    std::optional<arrays::CodecStep> compressor = readCompressor(attributes);
    layout.codec = compressor ? compressor->name : "raw";
    return std::make_shared<N5Array>(folder, std::move(layout), std::move(compressor));
  });
}

}  // namespace volary::n5
