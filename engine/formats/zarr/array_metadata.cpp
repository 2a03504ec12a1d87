#include "formats/zarr/array_metadata.h"

#include "base/error.h"
#include "formats/arrays/codec_steps.h"
#include "formats/zarr/codecs.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <numeric>

namespace volary::zarr {

using arrays::CodecChain;
using arrays::findMember;
using arrays::findText;
using arrays::readIntegers;
using arrays::ValueType;

namespace {

// Integers that a JSON number holds exactly.
constexpr std::int64_t kMaxInteger = std::int64_t{1} << 53;
// An index of 64 MiB.
constexpr double kMaxShardEntries = 1 << 22;
constexpr std::size_t kMaxCodecs = 32;
constexpr std::size_t kMaxShardDepth = 4;

std::vector<int> identityOrder(std::size_t rank) {
  std::vector<int> order(rank);
  std::iota(order.begin(), order.end(), 0);
  return order;
}

/// Appends the step between voxels and the values that the writer had before all codecs.
void addVoxelStep(CodecChain& chain, const ValueType& type) {
  if (!arrays::hasVoxelBits(type))
    chain.add(arrays::makeConversionStep({.kind = ValueType::Kind::floating, .bytes = 4}, type));
  else if (type.bigEndian)
    chain.add(arrays::makeByteOrderStep(type.bytes));
}

/// A codec of zarr.json: an object, or its name alone.
struct NamedCodec {
  std::string name;
  Json configuration;
};

std::vector<NamedCodec> readCodecs(const Json& value, const char* key) {
  const Json* list = findMember(value, key);
  if (!list || !list->is_array() || list->size() > kMaxCodecs) fail("its \"{}\" are no list of codecs", key);
  std::vector<NamedCodec> codecs;
  for (const Json& element : *list) {
    NamedCodec codec{.configuration = Json::object()};
    if (element.is_string()) codec.name = element.get<std::string>();
    if (const auto name = findText(element, "name")) codec.name = *name;
    if (codec.name.empty()) fail("one of its \"{}\" has no name", key);
    if (const Json* configuration = findMember(element, "configuration")) codec.configuration = *configuration;
    // numcodecs' codecs that are not in the specification have this prefix.
    if (codec.name.starts_with("numcodecs.")) codec.name.erase(0, 10);
    codecs.push_back(std::move(codec));
  }
  return codecs;
}

/// The axes after a transpose codec, in the order of storing, slowest first.
std::vector<int> transposed(const std::vector<int>& order, const NamedCodec& codec) {
  // Early drafts knew two words.
  if (const auto word = findText(codec.configuration, "order"); word == "C")
    return order;
  else if (word == "F")
    return {order.rbegin(), order.rend()};
  const auto rank = static_cast<std::int64_t>(order.size());
  const std::vector<std::int64_t> permutation = readIntegers(codec.configuration, "order", 0, rank - 1);
  std::vector<int> result;
  for (const std::int64_t axis : permutation) result.push_back(order[static_cast<std::size_t>(axis)]);
  std::vector<int> sorted = result;
  std::ranges::sort(sorted);
  if (sorted != identityOrder(order.size())) fail("the \"order\" of its transpose codec is no permutation of the axes");
  return result;
}

/// Reads a list of codecs for chunks of numbers: transposes change `order`, all others go to `chain`.
void addCodecs(CodecChain& chain, const std::vector<NamedCodec>& codecs, ValueType type, std::vector<int>& order) {
  bool valuesChanged = false;
  bool isBytes = false;
  for (const NamedCodec& codec : codecs) {
    if (codec.name == "transpose") {
      if (valuesChanged || isBytes) fail("a transpose codec after others is not supported");
      order = transposed(order, codec);
    } else if (codec.name == "bytes" || codec.name == "endian") {
      if (isBytes) fail("two \"bytes\" codecs are one too many");
      isBytes = true;
      if (findText(codec.configuration, "endian") == "big" && type.bytes > 1)
        chain.add(arrays::makeByteOrderStep(type.bytes));
    } else if (codec.name == "sharding_indexed") {
      fail("shards behind other codecs are not supported");
    } else {
      if (worksOnValues(codec.name)) {
        if (isBytes) fail("the codec \"{}\" can't follow \"bytes\"", codec.name);
        valuesChanged = true;
      } else if (!isBytes) {
        // Every chain has one codec from numbers to bytes; others than "bytes" are for values that are none.
        fail("its chunks went through the codec \"{}\" in place of \"bytes\", which is not supported", codec.name);
      }
      addCodec(chain, codec.name, codec.configuration, type);
    }
  }
  if (!isBytes) fail("its codecs lack \"bytes\"");
}

/// Cuts the chunks of `metadata`, which are shards, into those inside; `order` is that of the axes before the codec.
void addShards(ArrayMetadata& metadata, const Json& configuration, const std::vector<int>& order) {
  const Extents inside = readIntegers(configuration, "chunk_shape", 1, kMaxInteger);
  const Extents shard = metadata.layout.chunkShape;
  if (inside.size() != shard.size())
    fail("the chunks inside of its shards have {} axes, the array has {}", inside.size(), shard.size());
  ShardLayout shards;
  shards.chunks.resize(shard.size());
  double entries = 1.0;
  for (std::size_t i = 0; i < shard.size(); ++i) {
    const auto axis = static_cast<std::size_t>(order[i]);
    if (shard[axis] % inside[i] != 0)
      fail("shards of {} voxels do not hold whole chunks of {}", shard[axis], inside[i]);
    metadata.layout.chunkShape[axis] = inside[i];
    shards.chunks[axis] = shard[axis] / inside[i];
    entries *= static_cast<double>(shards.chunks[axis]);
  }
  if (entries > kMaxShardEntries) fail("shards of {} chunks are absurd", entries);
  shards.entries = static_cast<std::size_t>(entries);
  shards.strides = arrays::stridesOf(shards.chunks, order);

  const std::string location = findText(configuration, "index_location").value_or("end");
  if (location != "end" && location != "start") fail("an index at the \"{}\" of a shard is unknown", location);
  shards.indexAtStart = location == "start";
  // The index holds offset and length of each chunk, 64 bits each.
  shards.indexCodecs = CodecChain(shards.entries * 16);
  std::vector<int> indexOrder = identityOrder(1);
  addCodecs(shards.indexCodecs, readCodecs(configuration, "index_codecs"),
            {.kind = ValueType::Kind::unsignedInteger, .bytes = 8}, indexOrder);
  if (!shards.indexCodecs.encodedSizeIsKnown()) fail("its shards have a compressed index, which is not allowed");
  metadata.shards.push_back(std::move(shards));
}

/// Reads the codecs of the chunks and, if these are shards, of the chunks inside.
void readChunkCodecs(ArrayMetadata& metadata, const std::vector<NamedCodec>& codecs, const ValueType& type,
                     std::vector<int>& order) {
  const auto sharding = std::ranges::find(codecs, "sharding_indexed", &NamedCodec::name);
  if (sharding == codecs.end()) {
    arrays::checkLayout(metadata.layout);
    metadata.codecs = CodecChain(chunkBytes(metadata.layout));
    if (!arrays::hasVoxelBits(type)) addVoxelStep(metadata.codecs, type);
    return addCodecs(metadata.codecs, codecs, type, order);
  }
  // Only transposes may come before it, and nothing after it.
  if (sharding + 1 != codecs.end()) fail("shards that went through further codecs are not supported");
  for (auto codec = codecs.begin(); codec != sharding; ++codec) {
    if (codec->name != "transpose") fail("shards behind the codec \"{}\" are not supported", codec->name);
    order = transposed(order, *codec);
  }
  if (metadata.shards.size() == kMaxShardDepth)
    fail("shards that are nested more than {} deep are absurd", kMaxShardDepth);
  addShards(metadata, sharding->configuration, order);
  readChunkCodecs(metadata, readCodecs(sharding->configuration, "codecs"), type, order);
}

void readChunkKeys(ArrayMetadata& metadata, const Json& zarrJson) {
  const Json* encoding = findMember(zarrJson, "chunk_key_encoding");
  const std::string name = encoding ? findText(*encoding, "name").value_or("default") : "default";
  if (name != "default" && name != "v2") fail("chunk keys of the kind \"{}\" are not supported", name);
  const Json* configuration = encoding ? findMember(*encoding, "configuration") : nullptr;
  const std::string separator =
      (configuration ? findText(*configuration, "separator") : std::nullopt).value_or(name == "v2" ? "." : "/");
  if (separator != "/" && separator != ".") fail("chunk keys with the separator \"{}\" are unknown", separator);
  metadata.keySeparator = separator[0];
  if (name == "default") metadata.keyPrefix = "c" + separator;
}

}  // namespace

ArrayMetadata parseArrayV2(const Json& zarray) {
  ArrayMetadata metadata;
  if (const Json* format = findMember(zarray, "zarr_format"); !format || *format != 2)
    fail("its \"zarr_format\" is not 2");
  arrays::ArrayLayout& layout = metadata.layout;
  layout.shape = readIntegers(zarray, "shape", 0, kMaxInteger);
  layout.chunkShape = readIntegers(zarray, "chunks", 1, kMaxInteger);
  const Json* dtype = findMember(zarray, "dtype");
  if (!dtype) fail("it states no \"dtype\"");
  ValueType type = readValueType(*dtype);
  layout.voxelType = arrays::voxelTypeOf(type);
  arrays::checkLayout(layout);

  std::vector<int> order = identityOrder(layout.shape.size());
  const std::string memory = findText(zarray, "order").value_or("C");
  if (memory != "C" && memory != "F") fail("its \"order\" is \"{}\", not C or F", memory);
  if (memory == "F") std::ranges::reverse(order);
  layout.strides = arrays::stridesOf(layout.chunkShape, order);
  metadata.fill = readFill(findMember(zarray, "fill_value"), type);

  metadata.codecs = CodecChain(chunkBytes(layout));
  addVoxelStep(metadata.codecs, type);
  std::vector<const Json*> codecs;
  if (const Json* filters = findMember(zarray, "filters")) {
    if (!filters->is_array() || filters->size() > kMaxCodecs) fail("its \"filters\" are no list");
    for (const Json& filter : *filters) codecs.push_back(&filter);
  }
  if (const Json* compressor = findMember(zarray, "compressor")) codecs.push_back(compressor);
  for (const Json* codec : codecs) {
    const std::optional<std::string> id = findText(*codec, "id");
    if (!id) fail("one of its codecs has no \"id\"");
    addCodec(metadata.codecs, *id, *codec, type);
  }
  layout.codec = metadata.codecs.names();

  const std::optional<std::string> separator = findText(zarray, "dimension_separator");
  if (separator && *separator != "." && *separator != "/") fail("its \"dimension_separator\" is \"{}\"", *separator);
  metadata.keySeparator = separator.value_or(".")[0];
  metadata.separatorIsStated = separator.has_value();
  return metadata;
}

ArrayMetadata parseArrayV3(const Json& zarrJson) {
  ArrayMetadata metadata;
  if (const Json* format = findMember(zarrJson, "zarr_format"); !format || *format != 3)
    fail("its \"zarr_format\" is not 3");
  if (const Json* transformers = findMember(zarrJson, "storage_transformers"); transformers && !transformers->empty())
    fail("its storage transformers are not supported");
  arrays::ArrayLayout& layout = metadata.layout;
  layout.shape = readIntegers(zarrJson, "shape", 0, kMaxInteger);
  const Json* grid = findMember(zarrJson, "chunk_grid");
  if (!grid || findText(*grid, "name") != "regular") fail("its chunks are not on a regular grid");
  const Json* configuration = findMember(*grid, "configuration");
  layout.chunkShape = readIntegers(configuration ? *configuration : Json(), "chunk_shape", 1, kMaxInteger);
  if (layout.chunkShape.size() != layout.shape.size())
    fail("its chunks have {} axes, the array has {}", layout.chunkShape.size(), layout.shape.size());
  const Json* dataType = findMember(zarrJson, "data_type");
  if (!dataType) fail("it states no \"data_type\"");
  const ValueType type = readValueType(*dataType);
  layout.voxelType = arrays::voxelTypeOf(type);
  metadata.fill = readFill(findMember(zarrJson, "fill_value"), type);
  readChunkKeys(metadata, zarrJson);

  std::vector<int> order = identityOrder(layout.shape.size());
  readChunkCodecs(metadata, readCodecs(zarrJson, "codecs"), type, order);
  for (std::size_t i = 0; i < metadata.shards.size(); ++i) layout.codec += "sharding+";
  layout.codec += metadata.codecs.names();
  layout.strides = arrays::stridesOf(layout.chunkShape, order);

  if (const Json* names = findMember(zarrJson, "dimension_names"); names && names->size() == layout.shape.size())
    for (const Json& name : *names) metadata.dimensionNames.push_back(name.is_string() ? name.get<std::string>() : "");
  return metadata;
}

}  // namespace volary::zarr
