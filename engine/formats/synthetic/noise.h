#pragma once

#include "base/geometry.h"
#include "formats/synthetic/field.h"

#include <cstdint>
#include <span>

/// Deterministic noise: integer hashing, and splines made of IEEE additions and multiplications only.
namespace volary {

/// Integer finaliser with full avalanche ("lowbias32": Wellons, "Prospecting for Hash Functions", 2018).
constexpr std::uint32_t hash32(std::uint32_t value) {
  value = (value ^ (value >> 16)) * 0x7feb352du;
  value = (value ^ (value >> 15)) * 0x846ca68bu;
  return value ^ (value >> 16);
}

/// Hash of an integer lattice point, axis by axis, so that a loop over a box hashes once a point. Coordinates count
/// modulo 2^32.
constexpr std::uint32_t hashPlane(std::uint32_t seed, std::int64_t z) {
  return hash32(seed + static_cast<std::uint32_t>(z) * 0x9e3779b9u);
}
constexpr std::uint32_t hashRow(std::uint32_t plane, std::int64_t y) {
  return hash32(plane + static_cast<std::uint32_t>(y) * 0x85ebca6bu);
}
constexpr std::uint32_t hashNode(std::uint32_t row, std::int64_t x) {
  return hash32(row + static_cast<std::uint32_t>(x) * 0xc2b2ae35u);
}
constexpr std::uint32_t hashLattice(std::uint32_t seed, std::int64_t x, std::int64_t y, std::int64_t z) {
  return hashNode(hashRow(hashPlane(seed, z), y), x);
}

/// A number in [0, 1) from a hash; `stream` gives as many independent ones as are needed.
constexpr float unitFromHash(std::uint32_t hash, std::uint32_t stream = 0) {
  const std::uint32_t mixed = stream == 0 ? hash : hash32(hash + stream * 0x9e3779b9u);
  return static_cast<float>(mixed >> 8) * (1.0f / 16777216.0f);
}

/// The same in [-1, 1).
constexpr float signedFromHash(std::uint32_t hash, std::uint32_t stream) {
  return 2.0f * unitFromHash(hash, stream) - 1.0f;
}

/// Lattice noise at one point: a quadratic B-spline through hashed values, about [-1, 1] and twice that at most.
/// `position` is in lattice units.
double latticeNoise(std::uint32_t seed, const dvec3& position);

/// Where the voxels of a tile are, in um from the specimen's centre.
struct TileGrid {
  dvec3 originUm{0.0};  ///< of voxel 0
  dvec3 stepUm{1.0};
};

/// Adds `amplitude` * noise with features of `wavelengthUm` to every voxel of a tile; the noise is latticeNoise of
/// position / wavelength. Costs little more than three multiplications a voxel, because the spline is separable. Adds
/// nothing where a voxel is larger than the wavelength: there the noise averages out.
void addTileNoise(std::uint32_t seed, const dvec3& wavelengthUm, const TileGrid& grid, float amplitude,
                  std::span<float> values);

}  // namespace volary
