#pragma once

#include "formats/arrays/codec_chain.h"
#include "formats/arrays/json_file.h"
#include "formats/arrays/stored_array.h"

#include <cstddef>
#include <string>
#include <vector>

namespace volary::zarr {

using arrays::Extents;
using arrays::Json;

/// How chunks are stored together in one file (Zarr v3, "sharding_indexed" codec, version 1.0).
struct ShardLayout {
  Extents chunks;           ///< of a shard, along each axis
  Extents strides;          ///< of the index, in entries, per axis
  std::size_t entries = 0;  ///< of the index: all chunks of a shard
  arrays::CodecChain indexCodecs{0};
  bool indexAtStart = false;
};

/// What .zarray or zarr.json says about an array.
struct ArrayMetadata {
  arrays::ArrayLayout layout;  ///< its chunks are those inside of shards, if there are shards
  std::string keyPrefix;       ///< of a chunk's file: "c/", or nothing
  char keySeparator = '.';
  bool separatorIsStated = true;
  arrays::CodecChain codecs{0};
  std::vector<std::byte> fill;              ///< one voxel, native byte order; empty = zero
  std::vector<std::string> dimensionNames;  ///< one for each axis, or empty
  std::vector<ShardLayout> shards;  ///< the files' shards first, then shards inside of these; empty if there are none
};

/// Parse .zarray (Zarr storage specification, version 2) and zarr.json of an array (Zarr core specification, version
/// 3). Throw Error (without the file's name) for what is wrong, absurd, or unknown.
ArrayMetadata parseArrayV2(const Json& zarray);
ArrayMetadata parseArrayV3(const Json& zarrJson);

}  // namespace volary::zarr
