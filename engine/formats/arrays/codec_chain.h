#pragma once

#include "pyramid/source.h"

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace volary::arrays {

/// One step of encoding, known by how it is undone.
struct CodecStep {
  std::string name;
  /// Writes what the step was given to the front of `out`, which must be large enough; returns how many bytes that is.
  /// Any thread. Throws Error if `in` is damaged.
  std::function<std::size_t(std::span<const std::byte> in, std::span<std::byte> out)> undo;
  /// How many bytes the step makes of a number of bytes; null for a compressor, for which nobody knows.
  std::function<std::size_t(std::size_t)> encodedBytes;
};

/// Turns the bytes of a stored chunk into voxels: all steps of encoding undone, the last one first. The size of each
/// step's result is known beforehand, so a decompression bomb is refused before it takes memory. Immutable once filled;
/// any thread.
class CodecChain {
 public:
  /// `decodedBytes` is the size of a decoded chunk.
  explicit CodecChain(std::size_t decodedBytes) : decodedBytes_(decodedBytes), encodedBytes_(decodedBytes) {}

  /// Appends a step, in the order of encoding. Throws Error if its values don't fit the bytes that it is given.
  void add(CodecStep step);

  std::size_t decodedBytes() const { return decodedBytes_; }

  /// More bytes than any sound chunk has when it is encoded; just as many if encodedSizeIsKnown().
  std::size_t maxEncodedBytes() const { return encodedBytes_; }
  bool encodedSizeIsKnown() const { return exact_; }

  /// "delta+blosc"; "raw" if there is no step that changes sizes or values.
  std::string names() const;

  /// Decodes into `voxels`, decodedBytes() bytes. Throws Error if `encoded` is damaged; then `voxels` is undefined.
  void decode(std::span<const std::byte> encoded, std::span<std::byte> voxels, DecodeScratch& scratch) const;

 private:
  struct Step {
    CodecStep codec;
    std::size_t decodedBytes;  ///< at most, and just as many if `exact`
    bool exact;
  };
  std::vector<Step> steps_;
  std::size_t decodedBytes_;
  std::size_t encodedBytes_;
  bool exact_ = true;
};

}  // namespace volary::arrays
