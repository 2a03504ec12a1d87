// Compiled by C++ and GLSL. Gives both the same names for vectors and fixed-width integers; structs that are shared
// use scalar layout (GL_EXT_scalar_block_layout), which is C++'s own for these types.
#ifndef VOLARY_SHARED_H
#define VOLARY_SHARED_H

#ifdef __cplusplus
#include <glm/glm.hpp>

#include <cstdint>

namespace volary::shared {
using uint = std::uint32_t;
using glm::ivec2;
using glm::ivec3;
using glm::ivec4;
using glm::mat4;
using glm::uvec2;
using glm::uvec3;
using glm::uvec4;
using glm::vec2;
using glm::vec3;
using glm::vec4;
}  // namespace volary::shared

#define VOLARY_SHARED_BEGIN namespace volary::shared {
#define VOLARY_SHARED_END }
#define VOLARY_SHARED_CONST inline constexpr
#define VOLARY_SHARED_INLINE inline
#else
#define VOLARY_SHARED_BEGIN
#define VOLARY_SHARED_END
#define VOLARY_SHARED_CONST const
#define VOLARY_SHARED_INLINE
#endif

#endif
