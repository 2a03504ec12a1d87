#pragma once

#include "formats/arrays/codec_chain.h"
#include "formats/arrays/json_file.h"
#include "formats/arrays/value_type.h"

#include <string_view>

/// What the metadata of both versions of Zarr say about values and codecs, in numcodecs' words.
namespace volary::zarr {

/// The type that `name` stands for. Throws Error unless they are numbers that Volary can show.
arrays::ValueType readValueType(const arrays::Json& name);

/// One voxel of the fill value, native byte order; empty if it is zero, null or absent. Throws Error for others.
std::vector<std::byte> readFill(const arrays::Json* value, const arrays::ValueType& type);

/// Appends the step that undoes the codec `id`, whose parameters are in `configuration`. `type` is the values' type
/// before the codec, and becomes that after it. Throws Error for unknown codecs and parameters.
void addCodec(arrays::CodecChain& chain, std::string_view id, const arrays::Json& configuration,
              arrays::ValueType& type);

/// Whether the codec works on values, so that their order matters.
bool worksOnValues(std::string_view id);

}  // namespace volary::zarr
