#include "formats/arrays/codec_chain.h"

#include "base/error.h"

#include <algorithm>
#include <utility>

namespace volary::arrays {

namespace {

// No compressor's result is larger, even for bytes that can't be compressed: Snappy adds a sixth, the others less.
std::size_t maxCompressed(std::size_t bytes) { return bytes + bytes / 4 + 65536; }

}  // namespace

void CodecChain::add(CodecStep step) {
  Step added{.codec = std::move(step), .decodedBytes = encodedBytes_, .exact = exact_};
  if (added.codec.encodedBytes && exact_) {
    encodedBytes_ = added.codec.encodedBytes(encodedBytes_);
  } else {
    encodedBytes_ = maxCompressed(encodedBytes_);
    exact_ = false;
  }
  steps_.push_back(std::move(added));
}

std::string CodecChain::names() const {
  std::string names;
  for (const Step& step : steps_) {
    if (step.codec.name.empty()) continue;
    if (!names.empty()) names += '+';
    names += step.codec.name;
  }
  return names.empty() ? "raw" : names;
}

void CodecChain::decode(std::span<const std::byte> encoded, std::span<std::byte> voxels, DecodeScratch& scratch) const {
  if (voxels.size() != decodedBytes_)
    fail("room for {} bytes of voxels, the chunk has {}", voxels.size(), decodedBytes_);
  std::span<const std::byte> current = encoded;
  int slot = 0;
  for (std::size_t i = steps_.size(); i-- > 0;) {
    const Step& step = steps_[i];
    const std::span<std::byte> out = i == 0 ? voxels : scratch.buffer(slot, step.decodedBytes);
    const std::size_t count = step.codec.undo(current, out);
    if (step.exact && count != step.decodedBytes) fail("it decodes to {} bytes, not {}", count, step.decodedBytes);
    current = out.first(count);
    slot = 1 - slot;
  }
  if (!steps_.empty()) return;
  if (current.size() != voxels.size()) fail("it holds {} bytes of voxels, not {}", current.size(), voxels.size());
  std::ranges::copy(current, voxels.begin());
}

}  // namespace volary::arrays
