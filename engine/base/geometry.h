#pragma once

#include <glm/glm.hpp>
#include <glm/gtc/quaternion.hpp>

#include <cstdint>

/// Vectors and matrices are GLM's, in x, y, z order; matrices are column-major and multiply column vectors. Geometry
/// is computed in double precision and turned to float where it goes to the GPU.
namespace volary {

using i64vec3 = glm::vec<3, std::int64_t, glm::defaultp>;
using glm::dmat3;
using glm::dmat4;
using glm::dquat;
using glm::dvec2;
using glm::dvec3;
using glm::dvec4;
using glm::ivec2;
using glm::ivec3;
using glm::uvec2;
using glm::uvec3;
using glm::vec2;
using glm::vec3;
using glm::vec4;

/// An axis-aligned box [min, max] in some space that the variable's name says.
struct Box3 {
  dvec3 min{0.0};
  dvec3 max{0.0};

  dvec3 centre() const { return 0.5 * (min + max); }
  dvec3 extent() const { return max - min; }
};

/// `transform` applied to a point (w = 1) or to a direction (w = 0); `transform` must be affine.
inline dvec3 transformPoint(const dmat4& transform, const dvec3& point) { return dvec3(transform * dvec4(point, 1.0)); }
inline dvec3 transformDirection(const dmat4& transform, const dvec3& direction) {
  return dvec3(transform * dvec4(direction, 0.0));
}

template <typename T>
constexpr T ceilDiv(T numerator, T denominator) {
  return (numerator + denominator - T(1)) / denominator;
}

}  // namespace volary
