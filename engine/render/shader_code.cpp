#include "render/shader_code.h"

namespace volary {

namespace {

constexpr std::uint32_t kMarchMip[] = {
#include "march_mip.comp.inc"
};
constexpr std::uint32_t kMarchDvr[] = {
#include "march_dvr.comp.inc"
};
constexpr std::uint32_t kSlice[] = {
#include "slice.comp.inc"
};
constexpr std::uint32_t kLineVertex[] = {
#include "line.vert.inc"
};
constexpr std::uint32_t kLineFragment[] = {
#include "line.frag.inc"
};

}  // namespace

std::span<const std::uint32_t> shaderCode(ShaderId id) {
  switch (id) {
    case ShaderId::marchMip: return kMarchMip;
    case ShaderId::marchDvr: return kMarchDvr;
    case ShaderId::slice: return kSlice;
    case ShaderId::lineVertex: return kLineVertex;
    case ShaderId::lineFragment: break;
  }
  return kLineFragment;
}

}  // namespace volary
